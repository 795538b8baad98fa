import { fail, redirect } from '@sveltejs/kit'
import { type Choice, choiceOf, endOf } from '#lib/expiry.ts'
import { refusalMessage } from '#lib/server/failure.ts'
import { words } from '#lib/words/en.ts'

const USUAL: Choice = '90'
/** The latest end that a key can have: some 136 years from now, as if it had been created with the longest lifetime. */
const LONGEST = 4_294_967_295_000 // ms

export async function load({ locals: { api }, params: { project, key } }) {
  return { key: await api.projectKeys.details.query({ project, key }), now: Date.now(), usual: USUAL }
}

export const actions = {
  async default({ locals: { api, zone }, params: { project, key }, request }) {
    const form = await request.formData()
    const typed = { expiry: choiceOf(String(form.get('expiry') ?? '')) ?? USUAL, date: String(form.get('date') ?? '') }
    const now = Date.now()
    const end = endOf(typed, { now, zone })
    if (end === undefined) return fail(400, { typed, problem: words.newKey.dateMissing })
    const expiration = `${(end ?? new Date(now + LONGEST).toISOString()).slice(0, 19)}Z`
    try {
      await api.projectKeys.rename.mutate({ project, key, expiration })
    } catch (error) {
      return fail(400, { typed, problem: refusalMessage(error, 'policy', 'key_revoked', 'invalid_input') })
    }
    redirect(303, `/projects/${project}/keys/${key}?renewed`)
  },
}
