import type { Database } from '../database/client.ts'
import { rememberedSince } from '../idempotency/remembered.ts'
import { reservedSince } from '../slugs/former.ts'
import { USAGE_DAYS } from '../verification/key-usage.ts'
import { sweepChanges } from './changes.ts'

const HOUR = 60 * 60 * 1000 // ms
const DAY = 24 * HOUR

/** The advisory lock of the sweep, so that only one process runs it. */
const SWEEP_LOCK = 61016_1
/** A pending sign-up is kept longer than any link is valid. */
const PENDING_DAYS = 1

export type Swept = { tokens: number; signUps: number; invitations: number; counts: number; usage: number }

/**
 * Removes expired rows: used tokens, sign-ups that were never confirmed, invitations, counts of attempts, remembered
 * answers, what was told of keys that ended, old usage, and changes that every verifying service has read. It never removes a key. Null if another process is
 * sweeping. It runs in one transaction, so that it can be killed at any moment.
 */
export const sweep = (db: Database, now: Date): Promise<Swept | null> =>
  db.prisma.$transaction(async (tx) => {
    const [lock] = await tx.$queryRaw<{ mine: boolean }[]>`SELECT pg_try_advisory_xact_lock(${SWEEP_LOCK}) AS mine`
    if (!lock?.mine) return null
    await sweepChanges(tx, now)
    const tokens = await tx.spentToken.deleteMany({ where: { expiration: { lt: now } } })
    const before = (ms: number) => new Date(now.getTime() - ms)
    const signUps = await tx.user.deleteMany({
      where: { confirmed: null, admin: false, created: { lt: before(PENDING_DAYS * DAY) }, keys: { none: {} } },
    })
    const invitations = await tx.invitation.deleteMany({ where: { expiration: { lt: now } } })
    await tx.addressChange.deleteMany({ where: { expiration: { lt: now } } })
    const counts = await tx.rateCount.deleteMany({ where: { ends: { lt: now } } })
    await tx.projectKeyLimitCount.deleteMany({ where: { ends: { lt: Math.floor(before(HOUR).getTime() / 1000) } } })
    await tx.formerSlug.deleteMany({ where: { freed: { lte: reservedSince(now) } } })
    await tx.rememberedAnswer.deleteMany({ where: { made: { lte: rememberedSince(now) } } })
    await tx.expirationNotice.deleteMany({ where: { ends: { lte: now } } })
    await tx.expirationMail.deleteMany({ where: { day: { lt: before(2 * DAY) } } })
    const usage = await tx.projectKeyCalls.deleteMany({ where: { day: { lt: before(USAGE_DAYS * DAY) } } })
    return {
      tokens: tokens.count,
      signUps: signUps.count,
      invitations: invitations.count,
      counts: counts.count,
      usage: usage.count,
    }
  })
