import { fail, redirect } from '@sveltejs/kit'
import { isTooLong } from '#lib/names.ts'
import { refusal } from '#lib/server/api.ts'
import { maskedKey } from '#lib/server/settings.ts'
import { words } from '#lib/words/en.ts'

export async function load({ locals, params: { project, key: uuid }, url }) {
  const key = await locals.api.projectKeys.details.query({ project, key: uuid })
  const isRevoking = url.searchParams.has('revoke') && key.revoked === null
  const isRenaming = url.searchParams.has('rename')
  return { key: { ...key, masked: maskedKey(key.last_four) }, isRevoking, isRenaming, now: Date.now() }
}

export const actions = {
  async rename({ request, locals, params: { project, key } }) {
    const typed = String((await request.formData()).get('name') ?? '')
    const name = typed.trim()
    if (name === '') return fail(400, { typed, problem: words.newKey.nameMissing })
    if (isTooLong(name)) return fail(400, { typed, problem: words.newKey.nameTooLong })
    try {
      await locals.api.projectKeys.rename.mutate({ project, key, name })
    } catch (error) {
      if (refusal(error) === 'BAD_REQUEST' && error instanceof Error)
        return fail(400, { typed, problem: error.message })
      throw error
    }
    redirect(303, `/projects/${project}/keys/${key}`)
  },

  /** Whoever comes second sees who was first. */
  async revoke({ locals, params: { project, key } }) {
    try {
      await locals.api.projectKeys.revoke.mutate({ project, key })
    } catch (error) {
      if (refusal(error) !== 'CONFLICT') throw error
    }
    redirect(303, `/projects/${project}/keys/${key}`)
  },
}
