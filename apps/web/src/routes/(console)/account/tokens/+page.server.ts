import { loadKeys } from '#lib/server/key-pages.ts'
import { ownTokens } from '#lib/server/keys.ts'

export const load = async (event) => loadKeys(await ownTokens(event.locals.api), event)
