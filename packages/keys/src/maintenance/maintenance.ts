import type { Database } from '../database/client.ts'
import { reservedSince } from '../slugs/former.ts'
import { USAGE_DAYS } from '../verification/usage.ts'

const HOUR = 60 * 60 * 1000 // ms
const DAY = 24 * HOUR

/** The lock that lets one process of all do a job. */
const SWEEP_LOCK = 61016_1
/** How long a sign-up waits for its link to be used: longer than any link is good. */
const PENDING_DAYS = 1

/** How long a change is told to verifying services; who was away for longer forgets everything. */
const CHANGES_HOURS = 1

export type Swept = { tokens: number; signUps: number; invitations: number; counts: number; usage: number }

/**
 * Removes what is expired and no longer of use: used-up tokens, sign-ups that nobody confirmed, invitations, counts of
 * attempts, old usage, changes that every verifying service has heard of. Never a key.
 * Null where another process is at it. All in one transaction, so that it may be killed at any moment.
 */
export const sweep = (db: Database, now: Date): Promise<Swept | null> =>
  db.prisma.$transaction(async (tx) => {
    const [lock] = await tx.$queryRaw<{ mine: boolean }[]>`SELECT pg_try_advisory_xact_lock(${SWEEP_LOCK}) AS mine`
    if (!lock?.mine) return null
    const tokens = await tx.spentToken.deleteMany({ where: { expiration: { lt: now } } })
    const before = (ms: number) => new Date(now.getTime() - ms)
    const signUps = await tx.user.deleteMany({
      where: { confirmed: null, admin: false, created: { lt: before(PENDING_DAYS * DAY) }, keys: { none: {} } },
    })
    const invitations = await tx.invitation.deleteMany({ where: { expiration: { lt: now } } })
    await tx.addressChange.deleteMany({ where: { expiration: { lt: now } } })
    const counts = await tx.rateCount.deleteMany({ where: { ends: { lt: now } } })
    await tx.formerSlug.deleteMany({ where: { freed: { lte: reservedSince(now) } } })
    const usage = await tx.projectKeyCalls.deleteMany({ where: { day: { lt: before(USAGE_DAYS * DAY) } } })
    await tx.verificationChange.deleteMany({ where: { made: { lt: before(CHANGES_HOURS * HOUR) } } })
    return {
      tokens: tokens.count,
      signUps: signUps.count,
      invitations: invitations.count,
      counts: counts.count,
      usage: usage.count,
    }
  })
