import { fail } from '@sveltejs/kit'
import { problemOfName } from '#lib/names.ts'
import { problemOfEmail } from '#lib/server/email.ts'
import { termsUrl } from '#lib/server/settings.ts'
import { words } from '#lib/words/en.ts'

export async function load({ locals }) {
  const { sign_up } = await locals.api.auth.signUpState.query()
  return { isClosed: sign_up === 'closed', termsUrl }
}

export const actions = {
  async default({ request, locals }) {
    const form = await request.formData()
    const text = (field: string) => String(form.get(field) ?? '').trim()
    const typed = { name: text('name'), email: text('email'), agrees: form.has('i_agree') }
    const { name, email, agrees } = typed

    const problems = { name: problemOfName(name), agreement: agrees ? undefined : words.signUp.agreeMissing }
    if (problems.name || problems.agreement) return fail(400, { typed, problems: { ...problems, email: undefined } })
    const signUp = locals.api.auth.signUp.mutate({ name, email, i_agree: true })
    const problem = await signUp.then(() => undefined, problemOfEmail)
    return problem ? fail(400, { typed, problems: { ...problems, email: problem } }) : { sent: email }
  },
}
