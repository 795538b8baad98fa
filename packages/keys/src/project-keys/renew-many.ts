import type { Changing } from '../database/client.ts'
import type { Policies } from '../policy/policy.ts'
import { breachMessage } from './policy.ts'

export const RENEWALS = ['renewed', 'revoked', 'refused', 'not_found'] as const
type Outcome = (typeof RENEWALS)[number]

type Wanted = { project: string; uuids: string[]; policies: Policies; expiration: Date; now: Date }

/**
 * Gives keys of a project a new end, in one transaction. The outcomes are in the order of the UUIDs, one for each. A key that
 * the policy refuses stays as it is, with the reason; the others are renewed.
 */
export async function renewMany({ db, verifier }: Changing, { project, uuids, policies, expiration, now }: Wanted) {
  const wanted = [...new Set(uuids)]
  const lifetime = (expiration.getTime() - now.getTime()) / 1000
  const judge = (key: { scopes: string[] | null; allowed_networks: string[] | null }) =>
    breachMessage(policies, { ...key, lifetime })
  const found = await db
    .changes(verifier)
    .renewKeys({ within: { project }, uuids: wanted }, { expiration, expiration_set: now }, judge)
  const outcomes = new Map(found.map(({ uuid, active, refusal }) => [uuid, outcomeOf(active, refusal)]))
  return wanted.map((uuid) => ({ uuid, ...(outcomes.get(uuid) ?? { outcome: 'not_found' as const, reason: null }) }))
}

function outcomeOf(active: boolean, refusal: string | null): { outcome: Outcome; reason: string | null } {
  if (!active) return { outcome: 'revoked', reason: null }
  return refusal === null ? { outcome: 'renewed', reason: null } : { outcome: 'refused', reason: refusal }
}
