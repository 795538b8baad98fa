import { redirect } from '@sveltejs/kit'
import { isSignedOut } from '#lib/server/api.ts'
import { forgetForms } from '#lib/server/kept.ts'
import { forgetSession } from '#lib/server/session.ts'

export const load = () => redirect(303, '/')

export const actions = {
  async default({ cookies, locals }) {
    await locals.api.auth.signOut.mutate().catch(unlessEnded)
    forgetSession(cookies)
    forgetForms(cookies)
    redirect(303, '/auth/signin?signed-out')
  },
}

/** A session that has already ended is no error. */
function unlessEnded(error: unknown) {
  if (!isSignedOut(error)) throw error
}
