import { fail, redirect } from '@sveltejs/kit'
import { type SettingProblems, settingsOf } from '#lib/key-settings.ts'
import { at, placeIn } from '#lib/list-query.ts'
import { problemOfName } from '#lib/names.ts'
import { errorCodeOf } from '#lib/server/api.ts'
import { refusalMessage } from '#lib/server/failure.ts'
import { readSettings, settingProblems } from '#lib/server/key-settings.ts'

export async function load({ locals: { api }, params: { project, key } }) {
  const details = await api.projectKeys.details.query({ project, key })
  return { key: details, settings: settingsOf(details) }
}

type Problems = SettingProblems & { name?: string; form?: string }

export const actions = {
  async default({ locals: { api }, params: { project, key }, request, url }) {
    const form = await request.formData()
    const asked = readSettings(form)
    const name = String(form.get('name') ?? '').trim()
    const typed = { name, settings: asked.typed }
    const old = await api.projectKeys.details.query({ project, key })
    // An old name may stay, even if it could not be a new one.
    const isRenamed = name !== old.name.trim()
    const problem = isRenamed ? problemOfName(name) : undefined
    const problems: Problems = { ...asked.problems, ...(problem && { name: problem }) }
    if (Object.keys(problems).length > 0) return fail(400, { typed, problems })
    const { description, external_id, metadata } = asked.settings
    const settings = old.revoked ? { description, external_id, metadata } : asked.settings
    try {
      await api.projectKeys.rename.mutate({ project, key, ...settings, ...(isRenamed && { name }) })
    } catch (error) {
      const wrong: Problems = settingProblems(error) ?? problemsOf(error)
      return fail(400, { typed, problems: wrong })
    }
    redirect(303, at(`/projects/${project}/keys/${key}`, placeIn(url), 'saved'))
  },
}

const problemsOf = (error: unknown): Problems =>
  errorCodeOf(error) === 'invalid_input'
    ? { name: refusalMessage(error, 'invalid_input') }
    : { form: refusalMessage(error, 'policy', 'key_revoked') }
