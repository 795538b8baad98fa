import { loadKeys } from '#lib/server/key-pages.ts'
import { ownUserKeys } from '#lib/server/keys.ts'

export const load = async (event) => loadKeys(await ownUserKeys(event.locals.api), event)
