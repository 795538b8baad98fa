import { fail, redirect } from '@sveltejs/kit'
import { problemOfName } from '#lib/names.ts'
import type { Api } from '#lib/server/api.ts'
import { isVisibility } from '#lib/visibility.ts'

const MOST_ORGANIZATIONS = 255 // to choose from

export async function load({ locals, url }) {
  const organizations = await locals.api.organizations.list.query({ per_page: MOST_ORGANIZATIONS })
  const asked = url.searchParams.get('organization')
  return { organizations: organizations.map(({ slug, name }) => ({ slug, name })), asked }
}

export const actions = {
  async default({ request, locals: { api } }) {
    const typed = readForm(await request.formData())
    const { name, visibility, organization, organizationName } = typed
    const isNew = organization === ''
    const problems = {
      name: problemOfName(name),
      organizationName: isNew ? problemOfName(organizationName) : undefined,
    }
    if (problems.name || problems.organizationName) return fail(400, { typed, problems })

    const owner = isNew ? await createOrganization(api, organizationName) : organization
    const { slug } = await api.projects.create.mutate({ organization: owner, name, visibility })
    redirect(303, `/projects/${slug}/keys`)
  },
}

const createOrganization = async (api: Api, name: string) => (await api.organizations.create.mutate({ name })).slug

function readForm(form: FormData) {
  const text = (field: string) => String(form.get(field) ?? '').trim()
  const visibility = form.get('visibility')
  return {
    name: text('name'),
    visibility: isVisibility(visibility) ? visibility : 'private',
    /** A slug; empty for a new organization. */
    organization: text('organization'),
    organizationName: text('organizationName'),
  }
}
