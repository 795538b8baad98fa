import type { Inputs } from '#lib/api-types.ts'
import { type SettingField, type SettingProblems, settingFields, typedSettings } from '#lib/key-settings.ts'
import { words } from '#lib/words/en.ts'
import { errorCodeOf } from './api.ts'

type Settings = Pick<
  Inputs['projectKeys']['createOnce'],
  'description' | 'scopes' | 'allowed_networks' | 'external_id' | 'metadata' | 'rate_limit' | 'self_rotation'
>

/** The settings that a form asks for: null for each that is left empty. */
export function readSettings(form: FormData) {
  const typed = typedSettings((field) => String(form.get(field) ?? ''))
  const chosen = form.getAll('scope').map(String)
  const scopes = [...new Set([...chosen, ...wordsIn(typed.scopes)])]
  const metadata = readMetadata(typed.metadata)
  const limit = [typed.limit_requests.trim(), typed.limit_seconds.trim()]
  const settings: Settings = {
    description: typed.description.trim() || null,
    scopes: scopes.length > 0 ? scopes : null,
    allowed_networks: nullIfEmpty(wordsIn(typed.allowed_networks)),
    external_id: typed.external_id.trim() || null,
    metadata: metadata ?? null,
    rate_limit: limit.join('') === '' ? null : { requests: Number(limit[0]), seconds: Number(limit[1]) },
    self_rotation: typed.self_rotation !== '',
  }
  const problems: SettingProblems = {
    ...(metadata === undefined && { metadata: words.settingsOfKey.metadataWrong }),
    ...(limit.includes('') && limit.join('') !== '' && { limit_requests: words.settingsOfKey.limitHalf }),
  }
  return { typed: { ...typed, scopes: scopes.join('\n') }, settings, problems }
}

const wordsIn = (text: string) => text.split(/[\s,]+/).filter((word) => word !== '')
const nullIfEmpty = (list: string[]) => (list.length > 0 ? list : null)

/** One `name=value` a line; null if there is none, undefined if a line has another form. */
function readMetadata(text: string): Record<string, string> | null | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  if (lines.length === 0) return null
  if (!lines.every((line) => line.indexOf('=') > 0)) return undefined
  return Object.fromEntries(
    lines.map((line): [string, string] => [
      line.slice(0, line.indexOf('=')).trim(),
      line.slice(line.indexOf('=') + 1).trim(),
    ]),
  )
}

/** The API names the field in its message: `scopes.0: must …`. The rest of its names are those of the form, but the limit. */
export function settingProblems(error: unknown): SettingProblems | null {
  if (errorCodeOf(error) !== 'invalid_input' || !(error instanceof Error)) return null
  const [, named = '', message = ''] = /^(\w+)[\w.]*: (.*)$/s.exec(error.message) ?? []
  const field =
    named === 'rate_limit' ? 'limit_requests' : settingFields.find((name): name is SettingField => name === named)
  return field ? { [field]: `${message.charAt(0).toUpperCase()}${message.slice(1)}` } : null
}
