import { z } from 'zod'
import type { Database, Writer } from '../database/client.ts'
import { columnsOf } from '../database/columns.ts'
import { listPage } from '../database/list-page.ts'
import type { Read } from '../database/times.ts'
import { StoredUuid } from '../fields/stored.ts'
import type { UserKey as StoredKey } from '../generated/client.ts'
import { expiring, inState, type KeyRequest, type State } from '../key/filters.ts'
import { issueKey, type NewKey } from '../key/issue.ts'
import { exactly, keyColumns } from '../key/shapes.ts'

/** The columns of a user key that may leave the service. */
export const columns = { uuid: StoredUuid, user: StoredUuid, ...keyColumns } satisfies {
  [Column in keyof StoredKey]?: z.ZodType
}
const Row = z.custom<Read<Pick<StoredKey, keyof typeof columns>>>()
const PRIVATE = { hash: true, audit: true } as const

type One = { user: string; uuid: string }

/** Creates a key of a user, by the same rules as a project's. Only this answer holds the plaintext. */
export async function createUserKey(db: Writer, { user, ...rest }: { user: string } & NewKey) {
  const { key, row } = issueKey('user', rest)
  return { ...(await db.prisma.userKey.create({ data: { ...row, user }, omit: PRIVATE })), key }
}

type UserKeyRequest = KeyRequest & { user: string; sort?: 'name' | 'creation' | 'expiration' }

export const listUserKeys = (db: Database, { user, state, now, ...page }: UserKeyRequest) =>
  listPage(
    db,
    {
      row: Row,
      select: (parameter) =>
        [
          `SELECT ${columnsOf(columns, 'k')} FROM user_keys k WHERE k."user" = ${parameter(user)}::uuid`,
          inState(state, () => `${parameter(now.toISOString())}::timestamptz`),
          ...expiring(page, parameter),
        ].join(' AND '),
      name: 'k.name',
      searched: ['k.name', 'k.uuid::text'],
      order: [page.sort ?? 'name'],
    },
    page,
  )

const Counts = z.tuple([z.object({ active: z.int(), expired: z.int(), revoked: z.int() })])

/** How many keys of each state a user has: few enough to count them. */
export async function countUserKeys({ pool }: Database, { user, now }: { user: string; now: Date }) {
  const count = (state: State) => `count(*) FILTER (WHERE ${inState(state, () => '$2::timestamptz')})::int AS ${state}`
  const counts = ['active', 'expired', 'revoked'] as const
  const text = `SELECT ${counts.map(count).join(', ')} FROM user_keys WHERE "user" = $1::uuid`
  const { rows } = await pool.query(text, [user, now.toISOString()])
  const [{ active, expired, revoked }] = Counts.parse(rows)
  return { active: exactly(active), expired: exactly(expired), revoked: exactly(revoked) }
}

export const findUserKey = (db: Database, { user, uuid }: One) =>
  db.prisma.userKey.findFirst({ where: { user, uuid }, omit: PRIVATE })

export async function renameUserKey(db: Database, { user, uuid, name }: One & { name: string }) {
  const [key] = await db.prisma.userKey.updateManyAndReturn({
    where: { user, uuid },
    data: { name, audit: db.stamp() },
    omit: PRIVATE,
  })
  return key ?? null
}

/** Revokes a key for good. Of two concurrent calls exactly one gets `revoked`. */
export async function revokeUserKey(db: Database, { user, uuid, now }: One & { now: Date }) {
  const { count } = await db.prisma.userKey.updateMany({
    where: { user, uuid, revoked: null },
    data: { revoked: now, audit: db.stamp() },
  })
  if (count === 1) return 'revoked'
  return (await db.prisma.userKey.count({ where: { user, uuid } })) === 1 ? 'was revoked' : 'not found'
}
