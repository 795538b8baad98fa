import { fail, redirect } from '@sveltejs/kit'
import { at, placeIn } from '#lib/list-query.ts'
import { refusalMessage } from '#lib/server/failure.ts'
import { renewalIn, USUAL_RENEWAL } from '#lib/server/renewal.ts'
import { words } from '#lib/words/en.ts'

export async function load({ locals: { api }, params: { project, key } }) {
  return { key: await api.projectKeys.details.query({ project, key }), now: Date.now(), usual: USUAL_RENEWAL }
}

export const actions = {
  async default({ locals: { api, zone }, params: { project, key }, request, url }) {
    const { typed, expiration } = renewalIn(await request.formData(), { now: Date.now(), zone })
    if (expiration === undefined) return fail(400, { typed, problem: words.newKey.dateMissing })
    try {
      await api.projectKeys.rename.mutate({ project, key, expiration })
    } catch (error) {
      return fail(400, { typed, problem: refusalMessage(error, 'policy', 'key_revoked', 'invalid_input') })
    }
    redirect(303, at(`/projects/${project}/keys/${key}`, placeIn(url), 'renewed'))
  },
}
