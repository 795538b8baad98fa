import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { listPage } from '../database/page.ts'
import { expiring, type KeyRequest } from '../key/filters.ts'
import { issueKey, type NewKey } from '../key/issue.ts'

const wire = { uuid: true, user: true, name: true, creation: true, expiration: true, revoked: true } as const
const card = { ...wire, lastFour: true } as const

type One = { user: string; uuid: string }

/** Creates a key of a user, by the same rules as a project's. Its plaintext is in this answer and nowhere else, ever. */
export async function createUserKey(db: Database, { user, ...rest }: { user: string } & NewKey) {
  const { key, row } = issueKey('user', rest)
  return { ...(await db.prisma.userKey.create({ data: { ...row, user }, select: wire })), key }
}

const Row = z.object({
  uuid: z.string(),
  user: z.string(),
  name: z.string(),
  last_four: z.string(),
  creation: z.date(),
  expiration: z.date(),
  revoked: z.date().nullable(),
})

export const listUserKeys = (db: Database, { user, revoked, ...page }: KeyRequest & { user: string }) =>
  listPage(
    db,
    {
      row: Row,
      select: (put) =>
        [
          `SELECT k.* FROM user_keys k WHERE k."user" = ${put(user)}::uuid`,
          `k.revoked IS ${revoked ? 'NOT NULL' : 'NULL'}`,
          ...expiring(page, put),
        ].join(' AND '),
      name: 'k.name',
      searched: ['k.name', 'k.uuid::text'],
      order: [page.sort ?? 'name'],
    },
    page,
  )

export const findUserKey = (db: Database, { user, uuid }: One) =>
  db.prisma.userKey.findFirst({ where: { user, uuid }, select: card })

export async function renameUserKey(db: Database, { user, uuid, name }: One & { name: string }) {
  const [row] = await db.prisma.userKey.updateManyAndReturn({ where: { user, uuid }, data: { name }, select: wire })
  return row ?? null
}

/** Revokes a key for good. Of two at once exactly one is told `revoked`. */
export async function revokeUserKey(db: Database, { user, uuid, now }: One & { now: Date }) {
  const { count } = await db.prisma.userKey.updateMany({ where: { user, uuid, revoked: null }, data: { revoked: now } })
  if (count === 1) return 'revoked'
  return (await db.prisma.userKey.count({ where: { user, uuid } })) === 1 ? 'was revoked' : 'not found'
}
