import { fail, redirect } from '@sveltejs/kit'
import { refusalMessage } from '#lib/server/failure.ts'
import { readPolicy, typedPolicy } from '#lib/server/policy.ts'

export async function load({ locals: { api }, params: { organization }, url }) {
  const { slug, name, key_policy = null } = await api.organizations.view.query({ organization })
  return { organization: { slug, name }, policy: typedPolicy(key_policy), isSaved: url.searchParams.has('saved') }
}

export const actions = {
  async policy({ request, locals, params: { organization } }) {
    const { typed, policy, problems } = readPolicy(await request.formData())
    if (Object.keys(problems).length > 0) return fail(400, { policy: { typed, problems } })
    try {
      await locals.api.organizations.update.mutate({ organization, key_policy: policy })
    } catch (error) {
      return fail(400, { policy: { typed, problems: { form: refusalMessage(error, 'invalid_input') } } })
    }
    redirect(303, `/organizations/${organization}/policy?saved`)
  },
}
