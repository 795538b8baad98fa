import type { Database } from '../database/client.ts'

/** The lock that lets one process of all do a job. */
const SWEEP_LOCK = 61016_1
/** How long a sign-up waits for its link to be used: longer than any link is good. */
const PENDING_DAYS = 1

export type Swept = { tokens: number; signUps: number; invitations: number; counts: number }

/**
 * Removes what is expired and no longer of use: used-up tokens, sign-ups that nobody
 * confirmed, invitations, counts. Never a key.
 * Null where another process is at it. All in one transaction, so that it may be killed at any moment.
 */
export const sweep = (db: Database, now: Date): Promise<Swept | null> =>
  db.prisma.$transaction(async (tx) => {
    const [lock] = await tx.$queryRaw<{ mine: boolean }[]>`SELECT pg_try_advisory_xact_lock(${SWEEP_LOCK}) AS mine`
    if (!lock?.mine) return null
    const tokens = await tx.spentToken.deleteMany({ where: { expiration: { lt: now } } })
    const since = new Date(now.getTime() - PENDING_DAYS * 24 * 60 * 60 * 1000)
    const signUps = await tx.user.deleteMany({
      where: { confirmed: null, admin: false, created: { lt: since }, keys: { none: {} } },
    })
    const invitations = await tx.invitation.deleteMany({ where: { expiration: { lt: now } } })
    const counts = await tx.rateCount.deleteMany({ where: { ends: { lt: now } } })
    return { tokens: tokens.count, signUps: signUps.count, invitations: invitations.count, counts: counts.count }
  })
