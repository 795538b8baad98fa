import type { Database } from '../database/client.ts'
import { issueKey, type NewKey } from '../issue-key.ts'

const created = { uuid: true, user: true, name: true, creation: true, expiration: true } as const

/** Creates a key of a user, by the same rules as a project's. Its plaintext is in this answer and nowhere else, ever. */
export async function createUserKey(db: Database, { user, ...rest }: { user: string } & NewKey) {
  const { key, row } = issueKey('user', rest)
  return { ...(await db.prisma.userKey.create({ data: { ...row, user }, select: created })), key }
}

/** Revokes a key for good. Of two at once exactly one is told `revoked`. */
export async function revokeUserKey(db: Database, { user, uuid, now }: { user: string; uuid: string; now: Date }) {
  const { count } = await db.prisma.userKey.updateMany({ where: { user, uuid, revoked: null }, data: { revoked: now } })
  if (count === 1) return 'revoked'
  return (await db.prisma.userKey.count({ where: { user, uuid } })) === 1 ? 'was revoked' : 'not found'
}
