import { fail, redirect } from '@sveltejs/kit'
import { problemOfName } from '#lib/names.ts'
import { problemOfEmail } from '#lib/server/email.ts'
import { forgetForms } from '#lib/server/kept.ts'
import { forgetSession } from '#lib/server/session.ts'
import { words } from '#lib/words/en.ts'

export const load = ({ url }) => ({ isSaved: url.searchParams.has('saved') })

export const actions = {
  async rename({ request, locals: { api } }) {
    const name = String((await request.formData()).get('name') ?? '').trim()
    const problem = problemOfName(name)
    if (problem) return fail(400, { name, problems: { name: problem, email: undefined } })
    const { uuid } = await api.users.me.query()
    await api.users.update.mutate({ user: uuid, name })
    redirect(303, '/account?saved')
  },

  /** The address changes only when the user opens the link that is mailed to the new one. */
  async changeEmail({ request, locals: { api } }) {
    const email = String((await request.formData()).get('email') ?? '').trim()
    const me = await api.users.me.query()
    const problem =
      email.toLowerCase() === me.email
        ? words.account.same
        : await api.users.update.mutate({ user: me.uuid, email }).then(() => undefined, problemOfEmail)
    return problem ? fail(400, { email, problems: { name: undefined, email: problem } }) : { mailed: email }
  },

  async setMails({ request, locals: { api } }) {
    const expiration_mails = (await request.formData()).get('expiration_mails') === 'true'
    const { uuid } = await api.users.me.query()
    await api.users.update.mutate({ user: uuid, expiration_mails })
    redirect(303, '/account')
  },

  async signOutEverywhere({ cookies, locals }) {
    await locals.api.auth.signOutEverywhere.mutate()
    forgetSession(cookies)
    forgetForms(cookies)
    redirect(303, '/auth/signin?signed-out')
  },
}
