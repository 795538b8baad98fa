import { fail } from '@sveltejs/kit'
import { problemOfEmail } from '#lib/server/email.ts'
import { returnPath } from '#lib/server/return-path.ts'

export const load = ({ url: { searchParams } }) => ({
  signedOut: searchParams.has('signed-out'),
  next: returnPath(searchParams.get('next')),
})

export const actions = {
  /** Gives the same response whether or not the address has an account. */
  async default({ request, locals, url }) {
    const email = String((await request.formData()).get('email') ?? '').trim()
    const path = returnPath(url.searchParams.get('next'))
    const problem = await locals.api.auth.login.mutate({ email, path }).then(() => undefined, problemOfEmail)
    return problem ? fail(400, { typed: email, problem }) : { sent: email }
  },
}
