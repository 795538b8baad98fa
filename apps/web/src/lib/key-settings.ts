import type { ProjectKeyDetails } from './api-types.ts'

/** The fields of a form that sets what a project key may do, and for whom it is; each holds a text. */
export const settingFields = [
  'description',
  'scopes',
  'allowed_networks',
  'external_id',
  'metadata',
  'limit_requests',
  'limit_seconds',
  'self_rotation',
] as const
export type SettingField = (typeof settingFields)[number]
export type TypedSettings = Record<SettingField, string>
export type SettingProblems = Partial<Record<SettingField, string>>

/** The only ones that a revoked key can still change. */
export const ofRevoked: readonly SettingField[] = ['description', 'external_id', 'metadata']

export const hasSettings = (typed: TypedSettings) => settingFields.some((field) => typed[field] !== '')

/** The texts of a form, from wherever they come. */
export const typedSettings = (text: (field: SettingField) => string | null | undefined): TypedSettings => ({
  description: text('description') ?? '',
  scopes: text('scopes') ?? '',
  allowed_networks: text('allowed_networks') ?? '',
  external_id: text('external_id') ?? '',
  metadata: text('metadata') ?? '',
  limit_requests: text('limit_requests') ?? '',
  limit_seconds: text('limit_seconds') ?? '',
  self_rotation: text('self_rotation') ?? '',
})

/** The texts by which a form shows a key. */
export const settingsOf = (key: ProjectKeyDetails): TypedSettings => ({
  description: key.description ?? '',
  scopes: (key.scopes ?? []).join('\n'),
  allowed_networks: (key.allowed_networks ?? []).join('\n'),
  external_id: key.external_id ?? '',
  metadata: Object.entries(key.metadata ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join('\n'),
  limit_requests: key.rate_limit ? String(key.rate_limit.requests) : '',
  limit_seconds: key.rate_limit ? String(key.rate_limit.seconds) : '',
  self_rotation: key.self_rotation ? 'on' : '',
})

/** The query of the form for a key with the same settings. */
export const likeOf = (key: ProjectKeyDetails): URLSearchParams =>
  new URLSearchParams(Object.entries(settingsOf(key)).filter(([, text]) => text !== ''))
