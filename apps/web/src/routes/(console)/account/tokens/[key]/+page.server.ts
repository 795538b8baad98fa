import { loadKey, renameKey, revokeKey } from '#lib/server/key-pages.ts'
import { ownUserKeys } from '#lib/server/keys.ts'

export const load = async ({ locals, params, url }) => loadKey(await ownUserKeys(locals.api), params.key, url)

export const actions = {
  rename: async (event) => renameKey(await ownUserKeys(event.locals.api), event.params.key, event),
  revoke: async (event) => revokeKey(await ownUserKeys(event.locals.api), event.params.key, event),
}
