import type { Counted } from '../limits/quotas.ts'
import type { Context } from './context.ts'
import { refusal } from './errors.ts'

/** Each sentence reads well for any number, because the quota may be 1. */
const FULL: Record<Counted, (most: number) => string> = {
  organizations: (most) => `Your quota of organizations is ${most}: let others lead some of them`,
  projects: (most) => `The organization’s quota of projects is ${most}: delete one`,
  invitations: (most) => `Your quota of pending invitations is ${most}: withdraw some`,
  keys: (most) => `The project’s quota of keys that are not revoked is ${most}: revoke some`,
}

type Making = Pick<Context, 'quotas'> & { user: { admin: boolean } }

/**
 * Refuses one more of these if the owner has as many as the quota allows. Server admins are exempt.
 * @throws quota_exceeded
 */
export async function withinQuota(
  { quotas, user }: Making,
  what: Counted,
  { owner, count }: { owner: string; count: () => Promise<number> },
): Promise<void> {
  if (user.admin || (await quotas.allows(what, owner, count))) return
  throw refusal('quota_exceeded', `${FULL[what](quotas.most(what))}, or ask the operator to raise QUOTAS.`)
}
