import { randomUUID } from 'node:crypto'
import { fail, redirect } from '@sveltejs/kit'
import { type Choice, endOf, isChoice, ttlUntil } from '#lib/expiry.ts'
import { isTooLong } from '#lib/names.ts'
import { type Api, refusal } from '#lib/server/api.ts'
import { maskedKey, publicApiUrl } from '#lib/server/settings.ts'
import { words } from '#lib/words/en.ts'

/** The form carries the key's UUID, so that sending it twice makes one key. */
export const load = () => ({ uuid: randomUUID(), now: Date.now() })

export const actions = {
  async default({ request, params: { project }, locals }) {
    const typed = readForm(await request.formData())
    const { uuid, expiry, date } = typed
    const name = typed.name.trim()
    const now = Date.now()
    const end = endOf(expiry, date, now)

    const problems = {
      ...(end === undefined && { date: words.newKey.dateMissing }),
      ...(name === '' && { name: words.newKey.nameMissing }),
      ...(isTooLong(name) && { name: words.newKey.nameTooLong }),
    }
    if (end === undefined || Object.keys(problems).length > 0) return fail(400, { typed, problems })

    try {
      const ttl = end === null ? null : ttlUntil(end, now)
      const { key, ...created } = await locals.api.projectKeys.createOnce.mutate({ project, uuid, name, ttl })
      locals.secret = key
      return { created: { ...created, masked: maskedKey(key.slice(-4)), apiUrl: publicApiUrl } }
    } catch (error) {
      const code = refusal(error)
      if (code === 'BAD_REQUEST' && error instanceof Error)
        return fail(400, { typed, problems: { name: error.message } })
      if (code !== 'CONFLICT') throw error
      if (await isSame(locals.api, { project, uuid, name })) redirect(303, `/projects/${project}/keys/${uuid}`)
      return fail(409, { typed: { ...typed, uuid: randomUUID() }, problems: { name: words.newKey.again } })
    }
  },
}

type Typed = { uuid: string; name: string; expiry: Choice; date: string }

function readForm(form: FormData): Typed {
  const text = (field: string) => String(form.get(field) ?? '')
  const expiry = text('expiry')
  return { uuid: text('uuid'), name: text('name'), date: text('date'), expiry: isChoice(expiry) ? expiry : '90' }
}

/** A reload sends the same name again; another name under the same UUID is a form that was gone back to. */
async function isSame(api: Api, { project, uuid, name }: { project: string; uuid: string; name: string }) {
  try {
    return (await api.projectKeys.details.query({ project, key: uuid })).name === name
  } catch (error) {
    if (refusal(error) === 'NOT_FOUND') return false
    throw error
  }
}
