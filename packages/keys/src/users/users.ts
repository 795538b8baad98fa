import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { isTaken } from '../database/faults.ts'
import { listPage, type PageRequest } from '../database/page.ts'
import type { Reference } from '../fields.ts'
import { slugOf, withFreeSlug } from '../slug.ts'

const wire = { uuid: true, name: true, slug: true, email: true, admin: true, locked: true } as const

export const findByEmail = (db: Database, email: string) =>
  db.prisma.user.findUnique({ where: { email }, select: wire })

export const findUser = (db: Database, { uuid, slug }: Reference) =>
  db.prisma.user.findUnique({ where: uuid === null ? { slug } : { uuid }, select: wire })

type NewUser = { name: string; email: string; slug?: string | null | undefined; now: Date; confirmed?: Date }

/** Notes a sign-up, which is nobody's account until the mailed link was used. An address that is known stays as it is. */
export async function signUp(db: Database, { name, email, slug, now, confirmed }: NewUser): Promise<void> {
  if (await findByEmail(db, email)) return
  const times = { emailSince: now, created: now, modified: now, ...(confirmed ? { confirmed } : {}) }
  try {
    await withFreeSlug(slug ?? slugOf(name), (slug) =>
      db.prisma.user.create({
        data: { uuid: uuidv7({ msecs: now.getTime() }), name, slug, email, ...times },
        select: { uuid: true },
      }),
    )
  } catch (error) {
    if (!isTaken(error) || !(await findByEmail(db, email))) throw error
  }
}

/** The account of who has proved an address; made where there is none. */
export async function joinByMail(
  db: Database,
  { email, name, now }: { email: string; name?: string | null | undefined; now: Date },
) {
  await signUp(db, { email, name: name ?? email.slice(0, email.indexOf('@')), now, confirmed: now })
  await db.prisma.user.updateMany({ where: { email, confirmed: null }, data: { confirmed: now } })
  return db.prisma.user.findUniqueOrThrow({ where: { email }, select: wire })
}

const Row = z.object({
  uuid: z.string(),
  name: z.string(),
  slug: z.string(),
  email: z.string(),
  admin: z.boolean(),
  locked: z.boolean(),
})

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
 * The user after the changes. Locking ends all sessions and user keys at once, for good: unlocking revives none. The
 * project keys that they made go on. Null, and nothing changed, where it would leave the server without an admin.
 */
export const updateUser = (db: Database, uuid: string, { name, slug, newEmail, admin, locked, now }: Changes) =>
  db.prisma.$transaction(async (tx) => {
    if (admin === false || locked) {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${ADMINS_LOCK})`
      const others = await tx.user.count({ where: { admin: true, locked: false, uuid: { not: uuid } } })
      if (others === 0) return null
    }
    if (locked) await tx.userKey.updateMany({ where: { user: uuid, revoked: null }, data: { revoked: now } })
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
        modified: now,
      },
      select: wire,
    })
  })
