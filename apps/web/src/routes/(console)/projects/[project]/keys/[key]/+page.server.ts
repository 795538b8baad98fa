import { loadKey, renameKey, revokeKey } from '#lib/server/key-pages.ts'
import { keysOfProject } from '#lib/server/keys.ts'

export const load = ({ locals, params, url }) => loadKey(keysOfProject(locals.api, params.project), params.key, url)

export const actions = {
  rename: ({ locals, params, request }) => renameKey(keysOfProject(locals.api, params.project), params.key, request),
  revoke: ({ locals, params }) => revokeKey(keysOfProject(locals.api, params.project), params.key),
}
