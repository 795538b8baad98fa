import type { Database } from '../database/client.ts'
import { type Breach, breachOf, type Judged, judged, type Policies, RULES, type Rule } from '../policy/policy.ts'
import { refusal } from '../trpc/errors.ts'
import type { KeyRow } from './columns.ts'
import { findKey } from './project-keys.ts'
import type { Changes } from './update.ts'

/** @throws policy, which names the rule and the place that has it */
export function refuseBreach(policies: Policies, key: Judged, rules: readonly Rule[] = RULES): void {
  const message = breachMessage(policies, key, rules)
  if (message !== null) throw refusal('policy', message)
}

/** The sentence that refuses the key; null if it breaks none of the rules. */
export function breachMessage(policies: Policies, key: Judged, rules: readonly Rule[] = RULES): string | null {
  const breach = breachOf(policies, key, rules)
  return breach && `The key policy of the ${breach.place} (\`${breach.rule}\`) ${demandOf(breach)}`
}

function demandOf({ rule, policy }: Breach): string {
  switch (rule) {
    case 'max_ttl':
      return `lets a key live for at most ${policy.max_ttl} seconds: choose an earlier end.`
    case 'require_expiration':
      return 'requires that a key expires: choose an end.'
    case 'require_scopes':
      return 'requires that a key has `scopes`: send some.'
    case 'require_networks':
      return 'requires that a key has `allowed_networks`: send some.'
  }
}

type One = { project: string; uuid: string }
type Change = { policies: Policies; changes: Changes; now: Date }

/**
 * Checks a change as far as it concerns a policy: a renewal by all rules, and scopes and networks by their own, so that a key
 * from before the policy can be narrowed in any order. A revoked key, or none, is for others to refuse.
 * @throws policy
 */
export async function refuseChangeAgainstPolicy(
  db: Database,
  key: One,
  { policies, changes, now }: Change,
): Promise<void> {
  const rules = rulesFor(changes)
  if (rules.length === 0 || !(policies.organization || policies.project)) return
  const row = await findKey(db, key)
  if (row && !row.revoked) refuseBreach(policies, afterChange(row, changes, now), rules)
}

function rulesFor({ expiration, scopes, allowed_networks }: Changes): readonly Rule[] {
  if (expiration !== undefined) return RULES
  return [
    ...(scopes !== undefined ? (['require_scopes'] as const) : []),
    ...(allowed_networks !== undefined ? (['require_networks'] as const) : []),
  ]
}

function afterChange(row: KeyRow, { expiration, scopes, allowed_networks }: Changes, now: Date): Judged {
  const { lifetime, ...before } = judged(row)
  return {
    lifetime: expiration === undefined ? lifetime : (Date.parse(expiration) - now.getTime()) / 1000,
    scopes: scopes === undefined ? before.scopes : scopes,
    allowed_networks: allowed_networks === undefined ? before.allowed_networks : allowed_networks,
  }
}
