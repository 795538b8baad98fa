import { redirect } from '@sveltejs/kit'
import type { DetailedKey } from '#lib/api-types.ts'
import { at, placeIn } from '#lib/list-query.ts'
import { errorCodeOf } from '#lib/server/api.ts'
import { loadKey, renameKey, revokeKey } from '#lib/server/key-pages.ts'
import { keysOfProject } from '#lib/server/keys.ts'
import { maskedKey } from '#lib/server/settings.ts'
import { soon } from '#lib/server/soon.ts'

export async function load({ locals: { api }, params: { project, key }, url }) {
  const history = soon(api.events.ofKey.query({ project, key }))
  const [page, { days }] = await Promise.all([
    loadKey(keysOfProject(api, project), key, url),
    api.verification.usage.query({ project, key }),
  ])
  return { ...page, days, maskedOld: rotationOf(page.key), history: await history }
}

const rotationOf = (key: DetailedKey) =>
  'rotation' in key && key.rotation ? maskedKey('run', key.rotation.last_four) : null

export const actions = {
  async endRotation({ locals: { api }, params: { project, key }, url }) {
    try {
      await api.rotations.end.mutate({ project, key })
    } catch (error) {
      // It ended by itself, or somebody else was faster.
      if (errorCodeOf(error) !== 'no_rotation') throw error
    }
    redirect(303, at(`/projects/${project}/keys/${key}`, placeIn(url)))
  },
  rename: (event) => renameKey(keysOf(event), event.params.key, event),
  revoke: (event) => revokeKey(keysOf(event), event.params.key, event),
}

const keysOf = ({ locals, params }: { locals: App.Locals; params: { project: string } }) =>
  keysOfProject(locals.api, params.project)
