import type { AddParameter } from '../database/parameters.ts'
import { MAX_TTL } from '../fields/fields.ts'
import type { KeyPolicy } from './shapes.ts'

const PLACES = ['organization', 'project'] as const
type Place = (typeof PLACES)[number]
/** The policies that concern the keys of a project: its own, and that of its organization. */
export type Policies = Record<Place, KeyPolicy | null>

export const RULES = ['max_ttl', 'require_expiration', 'require_scopes', 'require_networks'] as const
export type Rule = (typeof RULES)[number]
export type Breach = { rule: Rule; place: Place; policy: KeyPolicy }

/** The parts of a key that a policy is about. `lifetime` is in seconds, from the moment at which the end was set. */
export type Judged = { lifetime: number; scopes: string[] | null; allowed_networks: string[] | null }

type Kept = {
  creation: string
  expiration: string
  settings: { expiration_set?: string; scopes?: string[]; allowed_networks?: string[] } | null
}

/** A stored key as a policy sees it. Its lifetime stays as long as its end, so that no key becomes compliant by ageing. */
export const judged = ({ creation, expiration, settings }: Kept): Judged => ({
  lifetime: (Date.parse(expiration) - Date.parse(settings?.expiration_set ?? creation)) / 1000,
  scopes: settings?.scopes ?? null,
  allowed_networks: settings?.allowed_networks ?? null,
})

/** The policy in force, which is the stricter one in each rule; null if there is none. */
export function inForce({ organization, project }: Policies): KeyPolicy | null {
  if (!organization || !project) return organization ?? project
  const max_ttl = shorter(organization.max_ttl, project.max_ttl)
  const default_ttl = shorter(organization.default_ttl, project.default_ttl)
  return {
    max_ttl,
    default_ttl: default_ttl && shorter(default_ttl, max_ttl),
    require_expiration: organization.require_expiration || project.require_expiration,
    require_scopes: organization.require_scopes || project.require_scopes,
    require_networks: organization.require_networks || project.require_networks,
  }
}

const shorter = (one: number | null, other: number | null) => (one && other ? Math.min(one, other) : (one ?? other))

/** The lifetime of a new key. Without a policy it is what the request asks for, or the longest possible. */
export function lifetimeOf(policies: Policies, ttl: number | null | undefined): number {
  const policy = inForce(policies)
  return ttl ?? policy?.default_ttl ?? policy?.max_ttl ?? MAX_TTL
}

/** The first of these rules that a key breaks, and the place whose policy has it: the stricter one. */
export function breachOf(policies: Policies, key: Judged, rules: readonly Rule[] = RULES): Breach | null {
  const policy = inForce(policies)
  if (!policy) return null
  const rule = rules.find((rule) => isBroken(policy, rule, key))
  if (!rule) return null
  const place = PLACES.find((place) => policies[place]?.[rule] === policy[rule]) ?? 'project'
  return { rule, place, policy }
}

/** The rules that a stored key breaks, such as one from before its policy. */
export function brokenRules(policies: Policies, key: Kept): Rule[] {
  const policy = inForce(policies)
  return policy ? RULES.filter((rule) => isBroken(policy, rule, judged(key))) : []
}

function isBroken(policy: KeyPolicy, rule: Rule, { lifetime, scopes, allowed_networks }: Judged): boolean {
  switch (rule) {
    case 'max_ttl':
      return policy.max_ttl !== null && lifetime > policy.max_ttl
    // The longest lifetime possible is that of a key that was created without a `ttl`.
    case 'require_expiration':
      return policy.require_expiration && lifetime >= MAX_TTL
    case 'require_scopes':
      return policy.require_scopes && !scopes?.length
    case 'require_networks':
      return policy.require_networks && !allowed_networks?.length
  }
}

const LIFETIME = (k: string) => `${k}.expiration - coalesce(${k}.expiration_set, ${k}.creation)`
const REQUIRED = {
  require_expiration: (k: string) => `${LIFETIME(k)} >= interval '${MAX_TTL} s'`,
  require_scopes: (k: string) => `coalesce(cardinality(${k}.scopes), 0) = 0`,
  require_networks: (k: string) => `coalesce(cardinality(${k}.allowed_networks), 0) = 0`,
}
const REQUIRING = ['require_expiration', 'require_scopes', 'require_networks'] as const

/** SQL for the keys of a project that break a rule, the same as `brokenRules`. */
export function outside(policies: Policies, parameter: AddParameter): string {
  const policy = inForce(policies)
  if (!policy) return 'false'
  const seconds = () => `make_interval(secs => ${parameter(policy.max_ttl)}::float8)`
  const broken = [
    ...(policy.max_ttl === null ? [] : [`${LIFETIME('project_keys')} > ${seconds()}`]),
    ...REQUIRING.filter((rule) => policy[rule]).map((rule) => REQUIRED[rule]('project_keys')),
  ]
  return broken.length > 0 ? `(${broken.join(' OR ')})` : 'false'
}

/** The rules in force where many projects are read, as columns of their own: of the policies in these columns. */
export function rulesOf(...policies: [string, string]): string {
  const longest = policies.map((policy) => `(${policy}->>'max_ttl')::float8`).join(', ')
  const either = (rule: string) =>
    policies.map((policy) => `coalesce((${policy}->>'${rule}')::boolean, false)`).join(' OR ')
  const required = REQUIRING.map((rule) => `(${either(rule)}) AS ${rule}`)
  return [`make_interval(secs => least(${longest})) AS max_life`, ...required].join(', ')
}

/** SQL for the keys `k` that break one of the rules that are columns of `rules`. */
export function breaking(k: string, rules: string): string {
  const broken = REQUIRING.map((rule) => `(${rules}.${rule} AND ${REQUIRED[rule](k)})`)
  return `(coalesce(${LIFETIME(k)} > ${rules}.max_life, false) OR ${broken.join(' OR ')})`
}
