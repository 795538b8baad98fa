import type { KeyPolicy } from '#lib/api-types.ts'
import { words } from '#lib/words/en.ts'

const DAY = 24 * 60 * 60 // seconds
const rules = ['require_expiration', 'require_scopes', 'require_networks'] as const

export type TypedPolicy = Record<'maxDays' | 'defaultDays' | (typeof rules)[number], string>

/** The texts by which a form shows a policy. */
export const typedPolicy = (policy: KeyPolicy | null): TypedPolicy => ({
  maxDays: daysOf(policy?.max_ttl ?? null),
  defaultDays: daysOf(policy?.default_ttl ?? null),
  require_expiration: policy?.require_expiration ? 'on' : '',
  require_scopes: policy?.require_scopes ? 'on' : '',
  require_networks: policy?.require_networks ? 'on' : '',
})

/** A lifetime over REST may be no whole number of days: it stays as near as it can be shown. */
const daysOf = (ttl: number | null) => (ttl === null ? '' : String(Number((ttl / DAY).toFixed(5))))

/** The policy that a form asks for, or what is wrong with it. */
export function readPolicy(form: FormData) {
  const text = (field: keyof TypedPolicy) => String(form.get(field) ?? '').trim()
  const typed: TypedPolicy = {
    maxDays: text('maxDays'),
    defaultDays: text('defaultDays'),
    require_expiration: text('require_expiration'),
    require_scopes: text('require_scopes'),
    require_networks: text('require_networks'),
  }
  const [max_ttl, default_ttl] = [ttlOf(typed.maxDays), ttlOf(typed.defaultDays)]
  const problems = {
    ...(Number.isNaN(max_ttl) && { maxDays: words.policy.daysWrong }),
    ...(Number.isNaN(default_ttl) && { defaultDays: words.policy.daysWrong }),
  }
  const isOn = (rule: (typeof rules)[number]) => typed[rule] !== ''
  const policy: KeyPolicy = {
    ...{ max_ttl, default_ttl, require_expiration: isOn('require_expiration') },
    ...{ require_scopes: isOn('require_scopes'), require_networks: isOn('require_networks') },
  }
  return { typed, policy, problems }
}

/** Seconds; null for none, NaN for a text that is no number of days. */
function ttlOf(days: string): number | null {
  if (days === '') return null
  return /^\d{1,5}(\.\d{1,5})?$/.test(days) && Number(days) > 0
    ? Math.max(1, Math.round(Number(days) * DAY))
    : Number.NaN
}
