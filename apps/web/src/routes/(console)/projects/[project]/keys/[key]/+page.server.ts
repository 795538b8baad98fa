import { loadKey, renameKey, revokeKey } from '#lib/server/key-pages.ts'
import { keysOfProject } from '#lib/server/keys.ts'

export async function load({ locals: { api }, params: { project, key }, url }) {
  const [page, { days }] = await Promise.all([
    loadKey(keysOfProject(api, project), key, url),
    api.verification.usage.query({ project, key }),
  ])
  return { ...page, days }
}

export const actions = {
  rename: ({ locals, params, request }) => renameKey(keysOfProject(locals.api, params.project), params.key, request),
  revoke: ({ locals, params, request }) => revokeKey(keysOfProject(locals.api, params.project), params.key, request),
}
