import { fail, redirect } from '@sveltejs/kit'
import { isTyped, problemOfName } from '#lib/names.ts'
import { errorCodeOf } from '#lib/server/api.ts'
import { refusalMessage } from '#lib/server/failure.ts'
import { requireManager } from '#lib/server/manager.ts'
import { readPolicy, typedPolicy } from '#lib/server/policy.ts'
import { visibilityOf } from '#lib/visibility.ts'
import { words } from '#lib/words/en.ts'

export async function load({ locals, params: { project }, url, parent }) {
  const place = await requireManager({ parent, locals })
  const isDeleting = url.searchParams.has('delete')
  const keys = isDeleting ? await locals.api.projectKeys.page.query({ project, per_page: 0 }) : null
  return {
    isSaved: url.searchParams.get('saved'),
    isDeleting,
    stopping: keys?.counts.active ?? null,
    policy: typedPolicy(place.key_policy),
    scopes: place.key_scopes.map(({ scope, description }) => `${scope} ${description ?? ''}`.trim()).join('\n'),
  }
}

export const actions = {
  async save({ request, locals, params: { project } }) {
    const form = await request.formData()
    const text = (field: string) => String(form.get(field) ?? '').trim()
    const typed = { name: text('name'), slug: text('slug'), visibility: visibilityOf(form.get('visibility')) ?? null }

    const old = await locals.api.projects.overview.query({ project })
    // An old name may stay, even if it could not be a new one.
    const isRenamed = typed.name !== old.name.trim()
    const problem = isRenamed ? problemOfName(typed.name) : undefined
    if (problem) return fail(400, { typed, problems: { name: problem, slug: undefined } })
    try {
      await locals.api.projects.update.mutate({ project, ...typed, name: isRenamed ? typed.name : undefined })
    } catch (error) {
      return fail(400, { typed, problems: { name: undefined, slug: problemOfSlug(error) } })
    }
    redirect(303, `/projects/${typed.slug}/settings?saved`)
  },

  async policy({ request, locals, params: { project } }) {
    const { typed, policy, problems } = readPolicy(await request.formData())
    if (Object.keys(problems).length > 0) return fail(400, { policy: { typed, problems } })
    try {
      await locals.api.projects.update.mutate({ project, key_policy: policy })
    } catch (error) {
      return fail(400, { policy: { typed, problems: { form: refusalMessage(error, 'invalid_input') } } })
    }
    redirect(303, `/projects/${project}/settings?saved=policy#policy`)
  },

  async scopes({ request, locals, params: { project } }) {
    const typed = String((await request.formData()).get('key_scopes') ?? '')
    try {
      await locals.api.projects.update.mutate({ project, key_scopes: readScopes(typed) })
    } catch (error) {
      return fail(400, { scopes: { typed, problem: refusalMessage(error, 'invalid_input') } })
    }
    redirect(303, `/projects/${project}/settings?saved=scopes#key_scopes`)
  },

  /** Requires the typed name, because a deletion can't be undone. */
  async delete({ request, locals, params: { project } }) {
    const typed = String((await request.formData()).get('name') ?? '').trim()
    const { name } = await locals.api.projects.overview.query({ project })
    if (!isTyped(typed, name)) return fail(400, { mismatch: words.typedName.mismatch, deleting: typed })
    await locals.api.projects.delete.mutate({ project })
    redirect(303, '/projects?deleted')
  },
}

/** One scope a line, and behind a blank what it allows; null for none. */
function readScopes(text: string) {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const scopes = lines.map((line) => {
    const [scope = '', ...words] = line.split(/\s+/)
    return { scope, ...(words.length > 0 && { description: words.join(' ') }) }
  })
  return scopes.length > 0 ? scopes : null
}

const problemOfSlug = (error: unknown) =>
  errorCodeOf(error) === 'invalid_input' ? words.settings.slugWrong : refusalMessage(error, 'slug_taken')
