import { z } from 'zod'
import { type Claims, hashToken, type Tokens } from '../callers/token.ts'
import type { Database } from '../database/client.ts'
import { isTaken } from '../database/faults.ts'
import { readStatement, writeStatement } from '../database/statement.ts'

/** How long a session lasts, in seconds. */
export const SESSION_TTL = 30 * 24 * 60 * 60

type Call = { db: Database; tokens: Tokens; now: Date }
/** Whose the address is; or, where it is nobody's, the one who wants it and was sent this link. */
const SIGNED_BY_LINK = `NOT locked AND (
  ($3::uuid IS NULL AND email = $1 AND email_since <= $2)
  OR (uuid = $3 AND new_email = $1 AND NOT EXISTS (SELECT FROM users taken WHERE taken.email = $1))
)`
const UserRow = z.object({
  uuid: z.string(),
  name: z.string(),
  slug: z.string(),
  email: z.string(),
  admin: z.boolean(),
  locked: z.boolean(),
})

const findLink = readStatement(
  `SELECT name FROM users WHERE ${SIGNED_BY_LINK} AND NOT EXISTS (SELECT FROM spent_tokens WHERE hash = $4)`,
  UserRow.pick({ name: true }),
)

/** Whom a link would sign in; null where it is used, expired or forged. Uses nothing up: mail scanners open links. */
export async function readLink({ db, tokens, now }: Call, token: string) {
  const claims = tokens.read(token, ['auth'], now)
  if (!claims) return null
  const [row] = await findLink(db, [claims.email, claims.issued, claims.user, hashToken(token)])
  return row ? { name: row.name, email: claims.email } : null
}

const useLink = writeStatement(
  `WITH person AS (SELECT uuid FROM users WHERE ${SIGNED_BY_LINK}),
   spent AS (
     INSERT INTO spent_tokens (hash, expiration) SELECT $4, $5 FROM person ON CONFLICT (hash) DO NOTHING RETURNING hash
   )
   UPDATE users SET
     confirmed = coalesce(confirmed, $6),
     email = $1,
     email_since = CASE WHEN email = $1 THEN email_since ELSE $6 END,
     new_email = CASE WHEN new_email = $1 THEN NULL ELSE new_email END
   FROM person, spent WHERE users.uuid = person.uuid
   RETURNING users.uuid, name, slug, email, admin, locked`,
  UserRow,
)

/** Signs in by a link, which is good once: of two at once one gets null. */
export async function confirm(call: Call, token: string) {
  const claims = call.tokens.read(token, ['auth'], call.now)
  if (!claims) return null
  const { email, issued, user: wanting, expiration } = claims
  const values = [email, issued, wanting, hashToken(token), expiration, call.now]
  const [user] = await useLink(call.db, values).catch(noneWhereTaken)
  return user ? beginSession(call, user) : null
}

/** Somebody else took the address in this very moment. */
function noneWhereTaken(error: unknown): [] {
  if (isTaken(error)) return []
  throw error
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
