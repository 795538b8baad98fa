import { z } from 'zod'
import type { Endpoint } from '../rest/endpoints.ts'

/** The request of an example. */
export type Example = { path: Values; body: Values | null }
type Values = Record<string, string | number | boolean | string[]>

const UUID = '01936b2e-7c41-7d3a-9f5e-2b8c6a1d4e90'

/** The value of each field in the examples. */
const VALUES: Values = {
  ...{ project: 'example', organization: 'acme', user: 'ada', key: UUID, invitation: UUID, permission: 'manage' },
  ...{ name: 'ci-main', ttl: 7_776_000, role: 'leader', email: 'ada@example.com', i_agree: true },
  ...{ keys: [UUID], format: 'csv' },
  ...{ token: 'TOKEN_OF_THE_LINK', invite: 'TOKEN_OF_THE_INVITATION' },
}
/** Other values at some endpoints. */
const OWN_VALUES: Record<string, Values> = {
  'auth.signUp': { name: 'Ada' },
  'organizationInvitations.create': { name: 'Ada' },
  'organizations.create': { name: 'Acme' },
  'organizations.update': { name: 'Acme' },
  'projectInvitations.create': { name: 'Ada', role: 'developer' },
  'projectMembers.update': { role: 'developer' },
  'projects.create': { name: 'Example' },
  'projects.update': { name: 'Example' },
  'users.update': { name: 'Ada' },
  'verification.introspect': { token: 'KEY' },
}
/** Fields that may be left out, and that an example shows all the same. */
const SHOWN = ['name', 'ttl', 'role']

export function exampleOf({ name, path, shape, fields, body }: Endpoint): Example {
  const values = { ...VALUES, ...OWN_VALUES[name] }
  const pick = (names: string[]) =>
    Object.fromEntries(names.map((field) => [field, values[field] ?? field.toUpperCase()]))
  const isSent = (field: string) =>
    SHOWN.includes(field) || !z.safeParse(fields[field] ?? z.undefined(), undefined).success
  const sent = Object.keys(fields).filter(isSent)
  return {
    path: pick(Object.keys(shape).filter((field) => path.includes(`{${field}}`))),
    body: body === 'none' || sent.length === 0 ? null : pick(sent),
  }
}
