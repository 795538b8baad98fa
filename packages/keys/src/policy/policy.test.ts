import { expect, test } from 'vitest'
import { breachOf, brokenRules, inForce, judged, lifetimeOf } from './policy.ts'
import { policyOf } from './shapes.ts'

const DAY = 86_400
const NEVER = 4_294_967_295
const plain = { lifetime: NEVER, scopes: null, allowed_networks: null }
const policy = (rules: Parameters<typeof policyOf>[0]) => policyOf(rules)
const none = { organization: null, project: null }

test('the stricter policy wins in each rule, whichever place has it', () => {
  const loose = policy({ max_ttl: 90 * DAY, default_ttl: 60 * DAY, require_scopes: true })
  const strict = policy({ max_ttl: 30 * DAY, require_networks: true })
  const both = {
    max_ttl: 30 * DAY,
    default_ttl: 30 * DAY,
    require_scopes: true,
    require_networks: true,
    require_expiration: false,
  }
  expect(inForce({ organization: loose, project: strict })).toEqual(both)
  expect(inForce({ organization: strict, project: loose })).toEqual(both)
  expect(inForce({ organization: loose, project: null })).toEqual(loose)
  expect(inForce({ organization: null, project: loose })).toEqual(loose)
  expect(inForce(none)).toBeNull()
})

test('a policy without a rule is none', () => {
  const empty = { max_ttl: null, require_scopes: false, require_networks: null }
  expect([policy({}), policy(empty), policy(null)]).toEqual([null, null, null])
})

test('a missing ttl is the default, otherwise the longest that is allowed, otherwise the longest of all', () => {
  const lifetimes = (ttl: number | null | undefined) =>
    [{ default_ttl: DAY, max_ttl: 9 * DAY }, { max_ttl: 9 * DAY }, { require_scopes: true }].map((rules) =>
      lifetimeOf({ ...none, project: policy(rules) }, ttl),
    )
  expect(lifetimes(null)).toEqual([DAY, 9 * DAY, NEVER])
  expect(lifetimes(undefined)).toEqual([DAY, 9 * DAY, NEVER])
  expect(lifetimes(60)).toEqual([60, 60, 60])
  expect(lifetimeOf(none, null)).toBe(NEVER)
})

test('a breach names the rule, and the place that has the stricter one', () => {
  const organization = policy({ max_ttl: 90 * DAY, require_scopes: true })
  const project = policy({ max_ttl: 30 * DAY, require_networks: true })
  const both = { organization, project }
  expect(breachOf(both, plain)).toMatchObject({ rule: 'max_ttl', place: 'project' })
  expect(breachOf({ organization: project, project: organization }, plain)).toMatchObject({ place: 'organization' })
  const short = { ...plain, lifetime: 30 * DAY }
  expect(breachOf(both, short)).toMatchObject({ rule: 'require_scopes', place: 'organization' })
  expect(breachOf(both, { ...short, scopes: ['a'] })).toMatchObject({ rule: 'require_networks', place: 'project' })
  expect(breachOf(both, { ...short, scopes: ['a'], allowed_networks: ['::/0'] })).toBeNull()
  expect(breachOf(both, plain, ['require_networks'])).toMatchObject({ rule: 'require_networks' })
})

test('a key expires unless it lives as long as one that was created without a ttl', () => {
  const policies = { ...none, organization: policy({ require_expiration: true }) }
  expect(breachOf(policies, plain)).toMatchObject({ rule: 'require_expiration' })
  expect(breachOf(policies, { ...plain, lifetime: NEVER - 1 })).toBeNull()
})

test('a lifetime counts from the moment at which the end was set, so that no key becomes compliant by ageing', () => {
  const [creation, expiration] = ['2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z']
  const key = { creation, expiration, settings: null }
  expect(judged(key).lifetime).toBe(365 * DAY)
  const settings = { expiration_set: '2026-12-31T00:00:00Z' }
  const renewed = { ...key, settings }
  expect(judged(renewed).lifetime).toBe(DAY)
  const policies = { ...none, project: policy({ max_ttl: DAY, require_scopes: true }) }
  expect(brokenRules(policies, key)).toEqual(['max_ttl', 'require_scopes'])
  expect(brokenRules(policies, { ...key, settings: { ...settings, scopes: ['a'] } })).toEqual([])
  expect(brokenRules(none, key)).toEqual([])
})
