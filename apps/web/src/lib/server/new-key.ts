import { randomUUID } from 'node:crypto'
import { fail, redirect } from '@sveltejs/kit'
import type { KeyPolicy } from '#lib/api-types.ts'
import { type Choice, choiceOf, endOf, ttlUntil } from '#lib/expiry.ts'
import { type SettingProblems, typedSettings } from '#lib/key-settings.ts'
import { at, placeIn } from '#lib/list-query.ts'
import { problemOfName } from '#lib/names.ts'
import { type Kind, words } from '#lib/words/en.ts'
import { errorCodeOf } from './api.ts'
import { refusalMessage } from './failure.ts'
import { readSettings, settingProblems } from './key-settings.ts'
import type { Keys } from './keys.ts'
import { apiUrl } from './settings.ts'

/**
 * The form carries the key's UUID, so that submitting it twice creates one key. A link may fill in the name and the
 * expiry.
 */
export function newKeyForm({ url: { searchParams } }: { url: URL }, policy: KeyPolicy | null = null) {
  const filled = {
    name: searchParams.get('name') ?? '',
    expiry: choiceOf(searchParams.get('expiry')) ?? longestWithin(policy?.max_ttl ?? null),
    settings: typedSettings((field) => searchParams.get(field)),
  }
  return { uuid: randomUUID(), now: Date.now(), filled }
}
const DEFAULT_EXPIRY = '90'
const SHORTER = [
  ['90', 90 * 24 * 60 * 60],
  ['30', 30 * 24 * 60 * 60],
  ['7', 7 * 24 * 60 * 60],
] as const

/** The usual choice, or a shorter one if a policy allows no longer life. In seconds. */
const longestWithin = (most: number | null): Choice =>
  SHORTER.find(([, seconds]) => most === null || seconds <= most)?.[0] ?? 'hour'

type Event = { request: Request; url: URL; locals: App.Locals }

/** Creates the key that a form asks for. Its plaintext goes straight into the HTML, not into the page's data. */
export async function createKey(source: Keys, kind: Kind, { request, url, locals }: Event) {
  const form = await request.formData()
  const asked = readSettings(form)
  const typed = { ...readForm(form), settings: asked.typed }
  const { uuid } = typed
  const name = typed.name.trim()
  const now = Date.now()
  const end = endOf(typed, { now, zone: locals.zone })

  const problem = problemOfName(name)
  const problems: Problems = {
    ...asked.problems,
    ...(end === undefined && { date: words.newKey.dateMissing }),
    ...(problem && { name: problem }),
  }
  if (end === undefined || Object.keys(problems).length > 0) return fail(400, { typed, problems })

  try {
    const ttl = end === null ? null : ttlUntil(end, now)
    const { key, ...created } = await source.createOnce({ uuid, name, ttl, ...asked.settings })
    locals.secret = key
    return { created: { ...created, masked: source.masked(key.slice(-4)), apiUrl } }
  } catch (error) {
    const wrong = settingProblems(error)
    if (wrong) return fail(400, { typed, problems: wrong })
    if (errorCodeOf(error) === 'policy')
      return fail(400, { typed, problems: { form: refusalMessage(error, 'policy') } })
    if (errorCodeOf(error) !== 'already_created')
      return fail(400, { typed, problems: { name: refusalMessage(error, 'invalid_input', 'quota_exceeded') } })
    if (await isSame(source, { uuid, name })) redirect(303, at(`${source.base}/${uuid}`, placeIn(url)))
    return fail(409, { typed: { ...typed, uuid: randomUUID() }, problems: { name: words.kinds[kind].again } })
  }
}

type Problems = SettingProblems & { name?: string; date?: string; form?: string }
type Typed = { uuid: string; name: string; expiry: Choice; date: string }

function readForm(form: FormData): Typed {
  const text = (field: string) => String(form.get(field) ?? '')
  return {
    uuid: text('uuid'),
    name: text('name'),
    date: text('date'),
    expiry: choiceOf(text('expiry')) ?? DEFAULT_EXPIRY,
  }
}

/** A reload submits the same name again; another name with the same UUID comes from a form people went back to. */
async function isSame(source: Keys, { uuid, name }: { uuid: string; name: string }) {
  try {
    return (await source.details(uuid)).name === name
  } catch (error) {
    if (errorCodeOf(error) === 'key_not_found') return false
    throw error
  }
}
