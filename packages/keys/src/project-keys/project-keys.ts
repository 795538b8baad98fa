import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { readStatement, writeStatement } from '../database/statement.ts'
import { issueKey, type NewKey } from '../key/issue.ts'

/** What may leave of a key: its hash never does. */
export const Key = z.object({
  uuid: z.string(),
  project: z.string(),
  creator: z.string().nullable(),
  name: z.string(),
  creation: z.date(),
  expiration: z.date(),
  revoked: z.date().nullable(),
})

type Owner = { project: string; creator: string }
type One = { project: string; uuid: string }

// Written out, as the reads are: by Prisma, these two took more than twice the time (docs/performance.md).
const createOne = writeStatement(
  `INSERT INTO project_keys (uuid, project, creator, name, hash, last_four, creation, expiration)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
  z.never(),
)
const renameOne = writeStatement(
  `UPDATE project_keys SET name = $3 WHERE project = $1 AND uuid = $2
   RETURNING uuid, project, creator, name, creation, expiration, revoked`,
  Key,
)

/** How many active keys a project has, by the kept totals: counting them would take longer than creating one. */
export async function countActiveKeys(db: Database, project: string): Promise<number> {
  const { _sum } = await db.prisma.projectKeyTotal.aggregate({ where: { project }, _sum: { active: true } })
  return _sum.active ?? 0
}

/** Creates a key. Its plaintext is in this answer and nowhere else, ever. */
export async function createKey(db: Database, { project, creator, ...rest }: Owner & NewKey) {
  const { key, row } = issueKey('run', rest)
  const { uuid, name, hash, lastFour, creation, expiration } = row
  await createOne(db, [uuid, project, creator, name, hash, lastFour, creation, expiration])
  return { uuid, project, creator, name, creation, expiration, key }
}

const findOne = readStatement(
  `SELECT k.uuid, k.project, k.creator, k.name, k.last_four, k.creation, k.expiration, k.revoked,
     used.last_used, used.address, k.revoker, creator.name AS creator_name, revoker.name AS revoker_name
   FROM project_keys k
   LEFT JOIN users creator ON creator.uuid = k.creator
   LEFT JOIN users revoker ON revoker.uuid = k.revoker
   LEFT JOIN project_key_uses used ON used.key = k.uuid
   WHERE k.project = $1 AND k.uuid = $2`,
  Key.extend({
    last_four: z.string(),
    last_used: z.date().nullable(),
    address: z.string().nullable(),
    revoker: z.string().nullable(),
    creator_name: z.string().nullable(),
    revoker_name: z.string().nullable(),
  }),
)

/** Null where the project has no such key, whoever else may have it. */
export async function findKey(db: Database, { project, uuid }: One) {
  const [row] = await findOne(db, [project, uuid])
  return row ?? null
}

/** The key after the rename, revoked or not; null where the project has no such key. */
export async function renameKey(db: Database, { project, uuid, name }: One & { name: string }) {
  const [row] = await renameOne(db, [project, uuid, name])
  return row ?? null
}

const revokeOne = writeStatement(
  `WITH done AS (
     UPDATE project_keys SET revoked = $3, revoker = $4
     WHERE project = $1 AND uuid = $2 AND revoked IS NULL RETURNING uuid
   )
   SELECT EXISTS (SELECT FROM done) AS done, EXISTS (SELECT FROM project_keys WHERE project = $1 AND uuid = $2) AS found`,
  z.object({ done: z.boolean(), found: z.boolean() }),
)

/** Revokes a key for good. Of two at once exactly one is told `revoked`. */
export async function revokeKey(db: Database, { project, uuid, revoker, now }: One & { revoker: string; now: Date }) {
  const [row] = await revokeOne(db, [project, uuid, now, revoker])
  if (row?.done) return 'revoked'
  return row?.found ? 'was revoked' : 'not found'
}
