import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { Prisma } from '../generated/client.ts'

/** In seconds: how long an account can restore its former address, which no other account can take until then. */
export const RESTORE_TTL = 7 * 24 * 60 * 60

/** A sign-up is not an account until a link confirms it. The owner has one from the first run on, and is an admin. */
export const IS_PENDING = Prisma.sql`(users.confirmed IS NULL AND NOT users.admin)`

/** True if another user can still restore the address, because then no other account may take it. */
export const isKeptForAnother = (email: string, user: Prisma.Sql, now: Date) =>
  Prisma.sql`EXISTS (
    SELECT FROM address_changes kept
    WHERE kept.old_email = ${email} AND kept.expiration > ${now} AND kept."user" IS DISTINCT FROM ${user}
  )`

/** Whether the address has an account. */
export async function hasAccount(db: Database, email: string): Promise<boolean> {
  const account = { OR: [{ confirmed: { not: null } }, { admin: true }] }
  return (await db.prisma.user.count({ where: { email, ...account } })) > 0
}

/** A change of address that the user can still undo. */
export type Restorable = { id: bigint; email: string; expiration: Date }

/** Finds the latest change away from the address; null if the address has an account, or is free for everybody. */
export async function findRestorable(db: Database, email: string, now: Date): Promise<Restorable | null> {
  const [change, isTaken] = await Promise.all([
    db.prisma.addressChange.findFirst({
      where: { oldEmail: email, expiration: { gt: now } },
      orderBy: { id: 'desc' },
      select: { id: true, expiration: true },
    }),
    hasAccount(db, email),
  ])
  return change && !isTaken ? { ...change, email } : null
}

type Restoring = { email: string; change: string; now: Date }

/** Finds the account that a link would give its former address back; null if the link was used or has expired. */
export async function findRestoring(db: Database, { email, change, now }: Restoring) {
  const found = await db.prisma.addressChange.findFirst({
    where: { id: BigInt(change), oldEmail: email, expiration: { gt: now } },
    select: { ofUser: { select: { name: true, email: true } } },
  })
  return found && { name: found.ofUser.name, current: found.ofUser.email }
}

const Ended = z.array(z.object({ id: z.bigint(), user: z.string(), signed_in: z.date() }))

/**
 * Gives an account its former address back and ends what a thief may have made: all sessions and links, and the API
 * tokens and invitations since the sign-in of the session that asked for the change. It also deletes the later changes,
 * because their links went to the thief's addresses. Returns the address that the account had until now; null if the
 * link was used or has expired.
 */
export const restoreAddress = (db: Database, { email, change, now }: Restoring) =>
  db.prisma.$transaction(async (tx) => {
    // A concurrent sign-up with this address waits, and then finds it taken.
    await tx.$executeRaw`LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE`
    const ended = Ended.parse(
      await tx.$queryRaw`DELETE FROM address_changes later USING address_changes this
        WHERE this.id = ${BigInt(change)} AND this.old_email = ${email} AND this.expiration > ${now}
          AND later."user" = this."user" AND later.id >= this.id
        RETURNING later.id, later."user", later.signed_in`,
    )
    const own = ended.find(({ id }) => id === BigInt(change))
    if (!own) return null
    const { user: uuid, signed_in: signedIn } = own
    const { email: until } = await tx.user.findUniqueOrThrow({ where: { uuid }, select: { email: true } })
    await tx.$executeRaw`DELETE FROM users WHERE email = ${email} AND ${IS_PENDING}`
    await tx.user.update({
      where: { uuid },
      data: { email, emailSince: now, newEmail: null, ...endedSessions(now), modified: now },
    })
    await tx.userKey.updateMany({
      where: { user: uuid, revoked: null, creation: { gte: signedIn } },
      data: { revoked: now },
    })
    await tx.invitation.deleteMany({ where: { inviter: uuid, created: { gte: signedIn } } })
    return { until }
  })

/** Tokens have whole seconds, so the next second is the first one whose tokens are good. */
export const endedSessions = (now: Date) => ({ sessionsSince: new Date(now.getTime() + 1000) })
