import { fail } from '@sveltejs/kit'
import { problemOfName } from '#lib/names.ts'
import { problemOfEmail } from '#lib/server/email.ts'
import { words } from '#lib/words/en.ts'

export async function load({ locals }) {
  const { sign_up } = await locals.api.auth.signUpState.query()
  return { isClosed: sign_up === 'closed' }
}

export const actions = {
  async default({ request, locals }) {
    const form = await request.formData()
    const text = (field: string) => String(form.get(field) ?? '').trim()
    const typed = { name: text('name'), email: text('email'), agrees: form.has('i_agree') }
    const { name, email, agrees } = typed

    const problems: Problems = { name: problemOfName(name), i_agree: agrees ? undefined : words.signUp.agreeMissing }
    if (problems.name || problems.i_agree) return fail(400, { typed, problems })
    const signUp = locals.api.auth.signUp.mutate({ name, email, i_agree: true })
    problems.email = await signUp.then(() => undefined, problemOfEmail)
    return problems.email ? fail(400, { typed, problems }) : { sent: email }
  },
}

type Problems = { name?: string | undefined; email?: string | undefined; i_agree?: string | undefined }
