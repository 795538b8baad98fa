import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { listPage, type PageRequest } from '../database/page.ts'
import type { Reference } from '../fields/fields.ts'
import { slugOf, withFreeSlug, withSuffix } from '../slugs/slug.ts'

const wire = { uuid: true, name: true, slug: true, email: true, admin: true, locked: true } as const

export const findByEmail = (db: Database, email: string) =>
  db.prisma.user.findUnique({ where: { email }, select: wire })

export const findUser = (db: Database, { uuid, slug }: Reference) =>
  db.prisma.user.findUnique({ where: uuid === null ? { slug } : { uuid }, select: wire })

const Row = z.object({
  uuid: z.string(),
  name: z.string(),
  slug: z.string(),
  email: z.string(),
  admin: z.boolean(),
  locked: z.boolean(),
})

type NewUser = { name: string; email: string; slug?: string | null | undefined; now: Date }

/** The same statement and the same writing for every address and every slug: how long it takes tells nothing. */
const ADD_USER = `INSERT INTO users (uuid, name, slug, email, email_since, created, modified, confirmed)
  SELECT $1, $2, CASE WHEN EXISTS (SELECT FROM users WHERE slug = $3) THEN $4 ELSE $3 END, $5, $6, $6, $6, $7
  ON CONFLICT (email) DO UPDATE`

const addUser = (db: Database, { name, email, slug, now }: NewUser, conflict: string, more: (Date | null)[]) =>
  withFreeSlug(slug ?? slugOf(name), async (slug) => {
    const values = [uuidv7({ msecs: now.getTime() }), name, slug, withSuffix(slug), email, now, ...more]
    return (await db.pool.query({ text: `${ADD_USER} ${conflict}`, values })).rows
  })

/** Notes a sign-up, which is nobody's account until the mailed link was used. An address that is known stays as it is. */
export async function signUp(db: Database, user: NewUser): Promise<void> {
  await addUser(db, user, 'SET email = excluded.email', [null])
}

type Joining = { email: string; name?: string | null | undefined; invited: Date; now: Date }

/**
 * The account of who was sent an invitation; made where there is none. Null where the address became somebody's only
 * after that: the mail went to who had it before.
 */
export async function joinByMail(db: Database, { email, name, invited, now }: Joining) {
  const user = { email, name: name ?? email.slice(0, email.indexOf('@')), now }
  const conflict = `SET confirmed = coalesce(users.confirmed, excluded.confirmed) WHERE users.email_since <= $8
    RETURNING uuid, name, slug, email, admin, locked`
  return z.array(Row).parse(await addUser(db, user, conflict, [now, invited]))[0] ?? null
}

export const listUsers = (db: Database, page: PageRequest) =>
  listPage(
    db,
    {
      row: Row,
      select: () => 'SELECT u.* FROM users u WHERE true',
      name: 'u.name',
      searched: ['u.name', 'u.slug', 'u.email', 'u.uuid::text'],
    },
    page,
  )

type Changes = {
  name?: string | null | undefined
  slug?: string | null | undefined
  /** Wanted, until its mailed link is used. */
  newEmail?: string | undefined
  admin?: boolean | null | undefined
  locked?: boolean | null | undefined
  now: Date
}

/** One change of who is admin at a time, so that two at once don't leave none. */
const ADMINS_LOCK = 61016_3

/**
 * The user after the changes. Locking ends all sessions and user keys at once, for good: unlocking revives none, also of
 * those that were just being made when the lock fell. The project keys that they made go on. Null, and nothing changed, where it would leave the server without an admin.
 */
export const updateUser = (db: Database, uuid: string, { name, slug, newEmail, admin, locked, now }: Changes) =>
  db.prisma.$transaction(async (tx) => {
    if (admin === false || locked) {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${ADMINS_LOCK})`
      const others = await tx.user.count({ where: { admin: true, locked: false, uuid: { not: uuid } } })
      if (others === 0) return null
    }
    const lockedSince = locked === false && (await tx.user.findFirst({ where: { uuid, locked: true } }))?.emailSince
    if (locked || lockedSince) {
      await tx.userKey.updateMany({ where: { user: uuid, revoked: null }, data: { revoked: now } })
    }
    return tx.user.update({
      where: { uuid },
      data: {
        ...(name ? { name } : {}),
        ...(slug ? { slug } : {}),
        ...(newEmail ? { newEmail } : {}),
        ...(typeof admin === 'boolean' ? { admin } : {}),
        ...(typeof locked === 'boolean' ? { locked } : {}),
        // Tokens count in whole seconds: those of this very second are old ones too.
        ...(locked ? { emailSince: new Date(now.getTime() + 1000) } : {}),
        ...(lockedSince ? { emailSince: now > lockedSince ? now : lockedSince } : {}),
        modified: now,
      },
      select: wire,
    })
  })
