import { randomUUID } from 'node:crypto'
import { redact } from '@project-keys/verify/redact'
import type { Cookies } from '@sveltejs/kit'
import { actionOf } from '#lib/action.ts'
import { settingFields } from '#lib/key-settings.ts'
import { isSecure } from './settings.ts'

/** Fields that people type. A form in which none of these has a value has nothing to lose. */
const TYPED = [
  ...['name', 'email', 'slug', 'organizationName', 'date'],
  ...settingFields.filter((field) => field !== 'self_rotation'),
  ...['maxDays', 'defaultDays', 'key_scopes', 'reason'],
]
/** Fields that they choose beside it, and the UUID of a new key, so that a form that is sent again creates one key. */
const CHOSEN = [
  'role',
  'visibility',
  'organization',
  'expiry',
  'i_agree',
  'uuid',
  'scope',
  'self_rotation',
  'require_expiration',
  'require_scopes',
  'require_networks',
]
/** All that is ever kept. A field that may hold a key or a token must not be among them. */
export const KEPT_FIELDS: readonly string[] = [...TYPED, ...CHOSEN]

const COOKIE = isSecure ? '__Host-kept' : 'kept'
const LIFETIME = 60 * 60 // seconds
const MOST_BYTES = 3_000 // of the cookie: browsers drop one of more than 4096
const options = { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure } as const

/** The fields of a form that are kept for the way back; null if people typed nothing. */
export function keepable(form: FormData): Record<string, string> | null {
  // Of a box there may be several with one name.
  const fields = KEPT_FIELDS.map((name) => [name, form.getAll(name).join(' ')] as const).filter(
    ([, text]) => text !== '' && isPublic(text),
  )
  return fields.some(([name]) => TYPED.includes(name)) ? Object.fromEntries(fields) : null
}

/** People paste keys into the wrong field. */
const isPublic = (text: string) => redact(text) === text

type Failed = { url: URL; cookies: Cookies; locals: App.Locals }

/**
 * The page that shows a failed form again with what was typed into it; undefined if there was nothing. A cookie keeps that,
 * because the way back may lead through a sign-in. Each form has its own id, so that two tabs keep two.
 */
export function wayBack({ url, cookies, locals }: Failed): string | undefined {
  if (!locals.typed || locals.wayBack) return locals.wayBack
  const id = randomUUID().slice(0, 8)
  const form = new URLSearchParams({ ...locals.typed, id, action: actionOf(url.search) }).toString()
  cookies.set(COOKIE, newest([form, ...readForms(cookies)]), { ...options, maxAge: LIFETIME })
  const page = new URLSearchParams([...url.searchParams].filter(([name]) => !name.startsWith('/') && name !== 'kept'))
  page.set('kept', id)
  locals.wayBack = `${url.pathname}?${page}`
  return locals.wayBack
}

/** The form that the page of this URL shows again. */
export function keptForm(cookies: Cookies, { searchParams }: URL): App.PageData['kept'] {
  const id = searchParams.get('kept')
  const form = id === null ? null : readForms(cookies).find((form) => new URLSearchParams(form).get('id') === id)
  if (!form) return undefined
  const { action = '', ...fields } = Object.fromEntries(new URLSearchParams(form))
  return { action, fields }
}

export const forgetForms = (cookies: Cookies) => cookies.delete(COOKIE, options)

function readForms(cookies: Cookies): string[] {
  return (cookies.get(COOKIE) ?? '').split(' ').filter(Boolean)
}

/** As many forms as the cookie has room for, the newest first; none of them contains a blank. */
function newest(forms: string[]): string {
  const fits = forms.findIndex(
    (_, index) => encodeURIComponent(forms.slice(0, index + 1).join(' ')).length > MOST_BYTES,
  )
  return forms.slice(0, fits === -1 ? forms.length : fits).join(' ')
}
