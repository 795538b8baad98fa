import { z } from 'zod'
import { record } from '../audit/record.ts'
import { type Claims, hashToken, type Tokens } from '../callers/token.ts'
import type { Database } from '../database/client.ts'
import { isTaken } from '../database/faults.ts'
import { Prisma } from '../generated/client.ts'
import { addMember, type InvitationToken, lockInvitation } from '../invitations/invitations.ts'
import { slugOf, withFreeSlug } from '../slugs/slug.ts'
import { IS_PENDING, isKeptForAnother, RESTORE_TTL, type Restorable } from '../users/address.ts'
import { addInvited, freeSlug, UserRows } from '../users/users.ts'

/** How long a session lasts, in seconds. */
export const SESSION_TTL = 30 * 24 * 60 * 60

type Call = { db: Database; tokens: Tokens; now: Date }

/** Selects the user who has the address, or the user who asked for it by this link, if the address is still free. */
const isSignedBy = ({ email, issued, user }: Claims, now: Date) => Prisma.sql`(
  NOT users.locked AND coalesce(users.sessions_since <= ${issued}, true) AND (
    (${user}::uuid IS NULL AND users.email = ${email} AND users.email_since <= ${issued}
      AND NOT (${IS_PENDING} AND ${isKeptForAnother(email, Prisma.sql`users.uuid`, now)}))
    OR (users.uuid = ${user}::uuid AND users.new_email = ${email}
      AND NOT EXISTS (SELECT FROM users taken WHERE taken.email = ${email})
      AND NOT ${isKeptForAnother(email, Prisma.sql`users.uuid`, now)})
  )
)`

const isNamed = ({ signUp }: Claims) => Prisma.sql`(${signUp !== null}::boolean AND ${IS_PENDING})`
const Named = z.array(z.object({ name: z.string() }))

/** Tells whom a link would sign in; null if it is used, expired or forged. Mail scanners open links, so this uses nothing up. */
export async function readLink({ db, tokens, now }: Call, token: string) {
  const claims = tokens.read(token, ['auth'], now)
  if (!claims) return null
  const rows = await db.prisma.$queryRaw`
    SELECT CASE WHEN ${isNamed(claims)} THEN ${claims.signUp?.name ?? ''} ELSE users.name END AS name
    FROM users WHERE ${isSignedBy(claims, now)}
      AND NOT EXISTS (SELECT FROM spent_tokens WHERE hash = ${spentHash(token)})`
  const [row] = Named.parse(rows)
  return row ? { name: row.name, email: claims.email, path: claims.path } : null
}

const SignedIn = z.array(UserRows.element.extend({ change: z.bigint().nullable(), former: z.string().nullable() }))

/**
 * Signs in by a link, which works once: of two concurrent calls one gets null. `moved` is the former address of the
 * account, if the link gave it a new one.
 */
export async function confirm(call: Call, token: string) {
  const claims = call.tokens.read(token, ['auth'], call.now)
  if (!claims) return null
  const slug = claims.signUp?.slug ?? ''
  const row = await withFreeSlug(slug, (slug) => useLink(call, { claims, slug, hash: spentHash(token) })).catch(
    nullWhereTaken,
  )
  if (!row) return null
  const { change, former, ...user } = row
  const moved: Restorable | null =
    change !== null && former !== null ? { id: change, email: former, expiration: restorableUntil(call.now) } : null
  return { ...beginSession(call, user), moved }
}

type Link = { claims: Claims; slug: string; hash: Uint8Array<ArrayBuffer> }

/** One statement, so that a concurrent lock or another link takes effect either before or after all of it. */
async function useLink({ db, now }: Call, { claims, slug, hash }: Link) {
  const { email, expiration, signUp } = claims
  const rows = await db.prisma.$queryRaw`WITH person AS (
      SELECT uuid, email, new_email_signed_in FROM users WHERE ${isSignedBy(claims, now)} FOR NO KEY UPDATE
    ), spent AS (
      INSERT INTO spent_tokens (hash, expiration) SELECT ${hash}, ${expiration}::timestamptz FROM person
      ON CONFLICT (hash) DO NOTHING RETURNING hash
    ), moved AS (
      INSERT INTO address_changes ("user", old_email, signed_in, changed, expiration)
      SELECT uuid, email, coalesce(new_email_signed_in, ${now}::timestamptz), ${now}::timestamptz,
        ${restorableUntil(now)}::timestamptz
      FROM person, spent WHERE email <> ${email} RETURNING id, old_email
    )
    UPDATE users SET
      name = CASE WHEN ${isNamed(claims)} THEN ${signUp?.name ?? ''} ELSE users.name END,
      slug = CASE WHEN ${isNamed(claims)} THEN ${freeSlug(slug)} ELSE users.slug END,
      confirmed = coalesce(users.confirmed, ${now}),
      email = ${email},
      email_since = CASE WHEN users.email = ${email} THEN users.email_since ELSE ${now}::timestamptz END,
      new_email = CASE WHEN users.new_email = ${email} THEN NULL ELSE users.new_email END,
      audit = ${db.stamp({ action: 'session.create' })}
    FROM person CROSS JOIN spent LEFT JOIN moved ON true WHERE users.uuid = person.uuid
    RETURNING users.uuid, name, slug, users.email, admin, locked, moved.id AS change, moved.old_email AS former`
  return SignedIn.parse(rows)[0] ?? null
}

/** Another user took the address at the same moment. */
function nullWhereTaken(error: unknown): null {
  if (isTaken(error)) return null
  throw error
}

const restorableUntil = (now: Date) => new Date(now.getTime() + RESTORE_TTL * 1000)
const spentHash = (token: string) => new Uint8Array(hashToken(token))

type Joining = { link: InvitationToken; name: string }

/**
 * Accepts an invitation and creates the account, in one transaction, if the address has no account yet. The mailed link
 * proves who owns the address, as a sign-in link does.
 */
export const join = ({ db, tokens, now }: Call, { link, name }: Joining) =>
  withFreeSlug(slugOf(name), (slug) =>
    db.prisma.$transaction(async (prisma) => {
      const invitation = await lockInvitation({ prisma }, link, now)
      if (!invitation) return { refused: 'is gone' as const }
      const user = await addInvited({ prisma }, { email: link.claims.email, name, slug, now })
      if (!user) return { refused: 'has an account' as const }
      await addMember({ prisma }, link, { ...invitation, user: user.uuid, now })
      return beginSession({ tokens, now }, user)
    }),
  )

/** Creates a session of the console. */
function beginSession<User extends { email: string }>({ tokens, now }: Omit<Call, 'db'>, user: User) {
  const token = tokens.sign({ audience: 'client', email: user.email, now, ttl: SESSION_TTL })
  return { user, token, creation: now, expiration: new Date(now.getTime() + SESSION_TTL * 1000) }
}

type Ending = Pick<Claims, 'expiration'> & { user: string }

/** Ends a session in every process at once: we store the hash of its token until the token would have expired. */
export const endSession = (db: Database, token: string, { expiration, user }: Ending): Promise<void> =>
  db.prisma.$transaction(async (tx) => {
    const data = [{ hash: spentHash(token), expiration }]
    const { count } = await tx.spentToken.createMany({ data, skipDuplicates: true })
    if (count === 1) await record({ prisma: tx, stamp: db.stamp }, { action: 'session.end', users: user })
  })
