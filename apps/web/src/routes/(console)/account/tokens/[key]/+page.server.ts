import { loadKey, renameKey, revokeKey } from '#lib/server/key-pages.ts'
import { ownUserKeys } from '#lib/server/keys.ts'

export const load = async ({ locals, params, url }) => loadKey(await ownUserKeys(locals.api), params.key, url)

export const actions = {
  rename: async ({ locals, params, request }) => renameKey(await ownUserKeys(locals.api), params.key, request),
  revoke: async ({ locals, params, request }) => revokeKey(await ownUserKeys(locals.api), params.key, request),
}
