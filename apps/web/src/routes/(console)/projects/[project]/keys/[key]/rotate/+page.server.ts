import { fail, redirect } from '@sveltejs/kit'
import { at, placeIn } from '#lib/list-query.ts'
import { graceOf } from '#lib/rotation.ts'
import { errorCodeOf } from '#lib/server/api.ts'
import { refusalMessage } from '#lib/server/failure.ts'
import { apiUrl, maskedKey } from '#lib/server/settings.ts'

export async function load({ locals: { api }, params: { project, key } }) {
  return { key: await api.projectKeys.details.query({ project, key }), now: Date.now() }
}

export const actions = {
  /** The new secret goes straight into the HTML, not into the page's data. A form that is sent again rotates nothing. */
  async default({ locals, params: { project, key }, request, url }) {
    const form = await request.formData()
    const grace = graceOf(form.get('grace'))
    const replace = form.get('replace') !== null
    try {
      const { key: secret, ...created } = await locals.api.rotations.rotate.mutate({ project, key, grace, replace })
      locals.secret = secret
      return { created: { ...created, masked: maskedKey('run', secret.slice(-4)), apiUrl } }
    } catch (error) {
      if (errorCodeOf(error) === 'rotation_open') redirect(303, at(`/projects/${project}/keys/${key}`, placeIn(url)))
      return fail(409, { grace, problem: refusalMessage(error, 'key_expired', 'key_revoked') })
    }
  },
}
