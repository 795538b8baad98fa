import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { UserRow } from '../callers/identify.ts'
import { holdSession, type Session } from '../callers/session.ts'
import type { Database, Writer } from '../database/client.ts'
import { listPage } from '../database/list-page.ts'
import type { PageRequest } from '../database/page-request.ts'
import type { Reference } from '../fields/fields.ts'
import { Prisma } from '../generated/client.ts'
import { withdrawForbidden } from '../permissions/inviting.ts'
import { slugOf, withFreeSlug, withSuffix } from '../slugs/slug.ts'
import { endedSessions, IS_PENDING, isKeptForAnother } from './address.ts'

const wire = {
  uuid: true,
  name: true,
  slug: true,
  email: true,
  admin: true,
  locked: true,
  expiration_mails: true,
} as const

export const findByEmail = (db: Database, email: string) =>
  db.prisma.user.findUnique({ where: { email }, select: wire })

export const findUser = (db: Database, { uuid, slug }: Reference) =>
  db.prisma.user.findUnique({ where: uuid === null ? { slug } : { uuid }, select: wire })

export const UserRows = z.array(UserRow)

type Pending = { email: string; now: Date }

/**
 * Stores a sign-up, which is not an account until its mailed link was used. The link holds the name and the slug, because
 * only the owner of the address may choose them. Every address costs the same statement and the same write, so that the
 * response time does not reveal whether an account exists.
 */
export async function signUp(db: Database, { email, now }: Pending): Promise<void> {
  const name = nameOfAddress(email)
  await withFreeSlug(withSuffix(slugOf(name)), async (slug) => {
    const uuid = uuidv7({ msecs: now.getTime() })
    await db.prisma.$executeRaw`INSERT INTO users (uuid, name, slug, email, email_since, created, modified)
      VALUES (${uuid}::uuid, ${name}, ${slug}, ${email}, ${now}, ${now}, ${now})
      ON CONFLICT (email) DO UPDATE SET email = excluded.email`
  })
}

type Joining = Pending & { name: string; slug: string }

/** Creates the account of an invited person. Null if the address has one, or if another user can still restore it. */
export async function addInvited({ prisma }: Writer, { email, name, slug, now }: Joining) {
  const uuid = uuidv7({ msecs: now.getTime() })
  const rows =
    await prisma.$queryRaw`INSERT INTO users (uuid, name, slug, email, email_since, created, modified, confirmed)
    SELECT ${uuid}::uuid, ${name}, ${freeSlug(slug)}, ${email}, ${now}::timestamptz, ${now}::timestamptz,
      ${now}::timestamptz, ${now}::timestamptz
    WHERE NOT EXISTS (SELECT FROM users WHERE email = ${email} AND NOT ${IS_PENDING})
      AND NOT ${isKeptForAnother(email, Prisma.sql`NULL`, now)}
    ON CONFLICT (email) DO UPDATE SET
      name = excluded.name, slug = excluded.slug, email_since = excluded.email_since, confirmed = excluded.confirmed
    WHERE ${IS_PENDING} AND NOT users.locked
    RETURNING uuid, name, slug, email, admin, locked`
  return UserRows.parse(rows)[0] ?? null
}

/** The wanted slug or, if it is taken, one that begins like it. */
export const freeSlug = (slug: string) =>
  Prisma.sql`CASE WHEN EXISTS (SELECT FROM users WHERE slug = ${slug}) THEN ${withSuffix(slug)} ELSE ${slug} END`

/** The name of an account until its owner chooses one. */
export const nameOfAddress = (email: string): string => email.slice(0, email.indexOf('@'))

export const listUsers = (db: Database, page: PageRequest) =>
  listPage(
    db,
    {
      row: UserRow.extend({ expiration_mails: z.boolean() }),
      select: () => 'SELECT u.* FROM users u WHERE true',
      name: 'u.name',
      searched: ['u.name', 'u.slug', 'u.email', 'u.uuid::text'],
    },
    page,
  )

type Changes = {
  name?: string | null | undefined
  slug?: string | null | undefined
  /** Only asked for, until its mailed link is used, by this session. */
  newEmail?: { address: string; session: Session } | undefined
  admin?: boolean | null | undefined
  locked?: boolean | null | undefined
  expiration_mails?: boolean | null | undefined
  now: Date
}

/** Serializes changes of admins, so that two concurrent ones don't leave none. */
const ADMINS_LOCK = 61016_3

/** The user after the changes; or why nothing changed, such as that the server would be left without an admin. */
export const updateUser = (
  db: Database,
  uuid: string,
  { name, slug, newEmail, admin, locked, expiration_mails, now }: Changes,
) =>
  db.prisma.$transaction(async (tx) => {
    if (newEmail && !(await holdSession({ prisma: tx }, newEmail.session))) return { refused: 'session ended' as const }
    if ((admin === false || locked) && (await isLastAdmin(tx, uuid))) return { refused: 'is the last admin' as const }
    const ended = typeof locked === 'boolean' ? await sinceLock(tx, uuid, { locked, now }) : null
    const user = await tx.user.update({
      where: { uuid },
      data: {
        ...(name ? { name } : {}),
        ...(slug ? { slug } : {}),
        ...(newEmail ? { newEmail: newEmail.address, newEmailSignedIn: newEmail.session.signedIn } : {}),
        ...(typeof admin === 'boolean' ? { admin } : {}),
        ...(typeof locked === 'boolean' ? { locked } : {}),
        ...(typeof expiration_mails === 'boolean' ? { expiration_mails } : {}),
        ...(ended ? { sessionsSince: ended, newEmail: null } : {}),
        modified: now,
      },
      select: wire,
    })
    if (ended) await endWhatWasBegun(tx, uuid, now)
    if (admin === false) await withdrawForbidden({ prisma: tx }, uuid)
    return user
  })

async function isLastAdmin(tx: Writer['prisma'], uuid: string): Promise<boolean> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${ADMINS_LOCK})`
  return (await tx.user.count({ where: { admin: true, locked: false, uuid: { not: uuid } } })) === 0
}

type Lock = { locked: boolean; now: Date }

/** From when on sessions are good after locking or unlocking; null if an unlocked user is unlocked. */
async function sinceLock(tx: Writer['prisma'], uuid: string, { locked, now }: Lock): Promise<Date | null> {
  if (locked) return endedSessions(now).sessionsSince
  const former = await tx.user.findFirst({ where: { uuid, locked: true }, select: { sessionsSince: true } })
  if (!former) return null
  return former.sessionsSince && former.sessionsSince > now ? former.sessionsSince : now
}

/**
 * A lock ends for good what the user had begun. Unlocking does the same once more, because a concurrent request may have
 * made something during the lock. The project keys that the user created go on working.
 */
async function endWhatWasBegun(tx: Writer['prisma'], user: string, now: Date): Promise<void> {
  await tx.userKey.updateMany({ where: { user, revoked: null }, data: { revoked: now } })
  await tx.invitation.deleteMany({ where: { inviter: user } })
}

/** Ends all sessions and mailed links of a user. */
export async function signOutEverywhere(db: Database, uuid: string, now: Date): Promise<void> {
  await db.prisma.user.update({ where: { uuid }, data: { ...endedSessions(now), newEmail: null, audit: db.stamp() } })
}
