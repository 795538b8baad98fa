import { fail, redirect } from '@sveltejs/kit'
import { problemOfName } from '#lib/names.ts'
import type { Api } from '#lib/server/api.ts'
import { refusalMessage } from '#lib/server/failure.ts'
import { visibilityOf } from '#lib/visibility.ts'

const MOST_ORGANIZATIONS = 255 // to choose from

export async function load({ locals, url }) {
  const organizations = await locals.api.organizations.list.query({ per_page: MOST_ORGANIZATIONS })
  const asked = url.searchParams.get('organization')
  return { organizations: organizations.map(({ slug, name }) => ({ slug, name })), asked }
}

export const actions = {
  async default({ request, locals: { api } }) {
    const typed = readForm(await request.formData())
    const problems = {
      name: problemOfName(typed.name),
      organizationName: typed.organization ? undefined : problemOfName(typed.organizationName),
    }
    if (problems.name || problems.organizationName) return fail(400, { typed, problems })

    const created = await createProject(api, typed).catch(overQuota)
    if ('problem' in created) return fail(409, { typed, problems: { ...problems, name: created.problem } })
    redirect(303, `/projects/${created.slug}/keys`)
  },
}

async function createProject(api: Api, { name, visibility, ...typed }: ReturnType<typeof readForm>) {
  const organization =
    typed.organization || (await api.organizations.create.mutate({ name: typed.organizationName })).slug
  return api.projects.create.mutate({ organization, name, visibility })
}

const overQuota = (error: unknown) => ({ problem: refusalMessage(error, 'quota_exceeded') })

function readForm(form: FormData) {
  const text = (field: string) => String(form.get(field) ?? '').trim()
  return {
    name: text('name'),
    visibility: visibilityOf(form.get('visibility')) ?? ('private' as const),
    /** A slug; empty for a new organization. */
    organization: text('organization'),
    organizationName: text('organizationName'),
  }
}
