import type { Counted } from '../limits/quotas.ts'
import type { Context } from './context.ts'
import { refusal } from './errors.ts'

const FULL: Record<Counted, (most: number) => string> = {
  organizations: (most) => `You lead ${most} organizations already: let others lead some of them`,
  projects: (most) => `The organization has ${most} projects already: delete one`,
  invitations: (most) => `You have ${most} pending invitations already: withdraw some`,
  keys: (most) => `The project has ${most} active keys already: revoke some`,
}

type Making = Pick<Context, 'quotas'> & { user: { admin: boolean } }

/**
 * Refuses one more of these if the owner has as many as the quota says. Server admins are exempt.
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
