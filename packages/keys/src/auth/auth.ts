import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { statement } from '../database/statement.ts'
import { type Claims, hashToken, type Tokens } from './token.ts'

/** For how long a sign-in link is good, and a session, in seconds. */
export const LINK_TTL = 30 * 60
export const SESSION_TTL = 30 * 24 * 60 * 60

type Call = { db: Database; tokens: Tokens; now: Date }
type LinkOptions = { tokens: Tokens; consoleUrl: string; email: string; now: Date }

/** A link that signs in who opens it, once. */
export const signInLink = ({ tokens, consoleUrl, email, now }: LinkOptions): string =>
  `${consoleUrl}/auth/confirm?token=${tokens.sign({ audience: 'auth', email, now, ttl: LINK_TTL })}`

/** Whose the address is; or, where it is nobody's, who wants to have it. */
const SIGNED_BY_LINK = `NOT locked AND (
  (email = $1 AND email_since <= $2)
  OR (new_email = $1 AND NOT EXISTS (SELECT FROM users taken WHERE taken.email = $1))
)`
const UserRow = z.object({
  uuid: z.string(),
  name: z.string(),
  slug: z.string(),
  email: z.string(),
  admin: z.boolean(),
  locked: z.boolean(),
})

const findLink = statement(
  `SELECT name FROM users WHERE ${SIGNED_BY_LINK} AND NOT EXISTS (SELECT FROM spent_tokens WHERE hash = $3)
   ORDER BY uuid LIMIT 1`,
  UserRow.pick({ name: true }),
)

/** Whom a link would sign in; null where it is used, expired or forged. Uses nothing up: mail scanners open links. */
export async function readLink({ db, tokens, now }: Call, token: string) {
  const claims = tokens.read(token, ['auth'], now)
  if (!claims) return null
  const [row] = await findLink(db, [claims.email, claims.issued, hashToken(token)])
  return row ? { name: row.name, email: claims.email } : null
}

const useLink = statement(
  `WITH person AS (SELECT uuid FROM users WHERE ${SIGNED_BY_LINK} ORDER BY uuid LIMIT 1),
   spent AS (
     INSERT INTO spent_tokens (hash, expiration) SELECT $3, $4 FROM person ON CONFLICT (hash) DO NOTHING RETURNING hash
   )
   UPDATE users SET
     confirmed = coalesce(confirmed, $5),
     email = $1,
     email_since = CASE WHEN email = $1 THEN email_since ELSE $5 END,
     new_email = CASE WHEN new_email = $1 THEN NULL ELSE new_email END
   FROM person, spent WHERE users.uuid = person.uuid
   RETURNING users.uuid, name, slug, email, admin, locked`,
  UserRow,
)

/** Signs in by a link, which is good once: of two at once one gets null. */
export async function confirm(call: Call, token: string) {
  const claims = call.tokens.read(token, ['auth'], call.now)
  if (!claims) return null
  const values = [claims.email, claims.issued, hashToken(token), claims.expiration, call.now]
  const [user] = await useLink(call.db, values)
  return user ? beginSession(call, user) : null
}

/** A session of the console. */
export function beginSession<User extends { email: string }>({ tokens, now }: Omit<Call, 'db'>, user: User) {
  const token = tokens.sign({ audience: 'client', email: user.email, now, ttl: SESSION_TTL })
  return { user, token, creation: now, expiration: new Date(now.getTime() + SESSION_TTL * 1000) }
}

/** Ends a session at once, everywhere: its token is remembered until it would have expired. */
export async function endSession(db: Database, token: string, { expiration }: Claims): Promise<void> {
  const hash = new Uint8Array(hashToken(token))
  await db.prisma.spentToken.createMany({ data: [{ hash, expiration }], skipDuplicates: true })
}
