import { loadKeys } from '#lib/server/key-pages.ts'
import { ownTokens } from '#lib/server/keys.ts'

export const load = async ({ locals, url }) => loadKeys(await ownTokens(locals.api), url)
