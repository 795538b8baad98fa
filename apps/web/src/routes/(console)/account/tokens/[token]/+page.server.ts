import { loadKey, renameKey, revokeKey } from '#lib/server/key-pages.ts'
import { ownTokens } from '#lib/server/keys.ts'

export const load = async ({ locals, params, url }) => loadKey(await ownTokens(locals.api), params.token, url)

export const actions = {
  rename: async ({ locals, params, request }) => renameKey(await ownTokens(locals.api), params.token, request),
  revoke: async ({ locals, params, request }) => revokeKey(await ownTokens(locals.api), params.token, request),
}
