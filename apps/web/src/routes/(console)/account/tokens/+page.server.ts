import { changeDensity } from '#lib/server/density.ts'
import { loadKeys, revokeListed } from '#lib/server/key-pages.ts'
import { ownUserKeys } from '#lib/server/keys.ts'

export const load = async (event) => loadKeys(await ownUserKeys(event.locals.api), event)

export const actions = {
  revoke: async (event) => revokeListed(await ownUserKeys(event.locals.api), event),
  density: changeDensity,
}
