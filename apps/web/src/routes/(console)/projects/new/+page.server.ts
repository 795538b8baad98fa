import { fail, redirect } from '@sveltejs/kit'
import { problemOfName } from '#lib/names.ts'
import type { Api } from '#lib/server/api.ts'
import { isVisibility } from '#lib/visibility.ts'

const MOST = 255 // organizations to choose from

export async function load({ locals, url }) {
  const organizations = await locals.api.organizations.list.query({ per_page: MOST })
  const asked = url.searchParams.get('organization')
  return { organizations: organizations.map(({ slug, name }) => ({ slug, name })), asked }
}

export const actions = {
  async default({ request, locals: { api } }) {
    const typed = readForm(await request.formData())
    const { name, visibility, organization, organization_name } = typed
    const isFirst = organization === ''
    const problems = {
      name: problemOfName(name),
      organization_name: isFirst ? problemOfName(organization_name) : undefined,
    }
    if (problems.name || problems.organization_name) return fail(400, { typed, problems })

    const place = isFirst ? await createOrganization(api, organization_name) : organization
    const { slug } = await api.projects.create.mutate({ organization: place, name, visibility })
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
    /** Its slug; empty for a new one. */
    organization: text('organization'),
    organization_name: text('organization_name'),
  }
}
