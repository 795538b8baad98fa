import { fail } from '@sveltejs/kit'
import { problemOfEmail } from '#lib/server/email.ts'

export const load = ({ url }) => ({ signedOut: url.searchParams.has('signed-out') })

export const actions = {
  /** Gives the same response whether or not the address has an account. */
  async default({ request, locals }) {
    const email = String((await request.formData()).get('email') ?? '').trim()
    const problem = await locals.api.auth.login.mutate({ email }).then(() => undefined, problemOfEmail)
    return problem ? fail(400, { typed: email, problem }) : { sent: email }
  },
}
