import type { z } from 'zod'
import type { Changing, Database } from '../database/client.ts'
import { readStatement } from '../database/statement.ts'
import { timeOf } from '../database/times.ts'
import { issueKey, type NewKey } from '../key/issue.ts'
import { rotationDetails } from '../key-rotation/stored.ts'
import { settingsStored } from '../key-settings/stored.ts'
import { columnsFor } from '../key-settings/write.ts'
import { type KeyRow, keyFrom, type newKey } from './columns.ts'

/** The fields of a request that are stored as they are, or as `columnsFor` says. */
type Stored = Partial<Omit<z.output<z.ZodObject<typeof newKey>>, keyof NewKey>>
type Wanted = { project: string; creator: string } & NewKey & Stored
type One = { project: string; uuid: string }

/** How many keys of a project are not revoked, by the kept totals: counting them would take longer than creating one. */
export async function countUnrevokedKeys(db: Database, project: string): Promise<number> {
  const { _sum } = await db.prisma.projectKeyTotal.aggregate({ where: { project }, _sum: { active: true } })
  return _sum.active ?? 0
}

/** Creates a key. Only this answer holds the plaintext. */
export async function createKey(
  { db, verifier }: Changing,
  { uuid, name, ttl, prefix, letters, now, ...rest }: Wanted,
) {
  const { key, row } = issueKey('run', { uuid, name, ttl, prefix, letters, now })
  const stored = await db.changes(verifier).addKey({ ...row, ...columnsFor(rest) })
  const { project, creation, expiration } = stored
  return {
    ...{ uuid: stored.uuid, project, name, key, creation: timeOf(creation), expiration: timeOf(expiration) },
    ...settingsStored(stored),
  }
}

/** `reason` is no column of every key that leaves, because it is only for those who manage the key. */
type KeyDetails = KeyRow & {
  reason: string | null
  last_used: string | null
  address: string | null
  creator_name: string | null
  revoker_name: string | null
}

const findOne = readStatement<KeyRow>(`SELECT ${keyFrom('k')} FROM project_keys k WHERE k.project = $1 AND k.uuid = $2`)
const findOneWithDetails = readStatement<KeyDetails>(
  `SELECT ${keyFrom('k')}, k.reason, used.last_used, used.address, creator.name AS creator_name,
     revoker.name AS revoker_name
   FROM project_keys k
   LEFT JOIN users creator ON creator.uuid = k.creator
   LEFT JOIN users revoker ON revoker.uuid = k.revoker
   LEFT JOIN project_key_uses used ON used.key = k.uuid
   WHERE k.project = $1 AND k.uuid = $2`,
)

/** Null if the project has no such key, even if another project has it. */
export async function findKey(db: Database, { project, uuid }: One) {
  const [row] = await findOne(db, [project, uuid])
  return row ?? null
}

/** The same with what the console shows of it. */
export async function findDetails(db: Database, { project, uuid, now }: One & { now: Date }) {
  const [row] = await findOneWithDetails(db, [project, uuid])
  return row ? { ...row, ...(await rotationDetails(db, row, now)) } : null
}

/** Revokes a key for good. Of two concurrent calls exactly one gets `revoked`. */
export async function revokeKey(
  { db, verifier }: Changing,
  { revoker, now, ...key }: One & { revoker: string; now: Date },
) {
  if (await db.changes(verifier).changeKey({ ...key, revoked: null }, { revoked: now, revoker })) return 'revoked'
  return (await findKey(db, key)) ? 'was revoked' : 'not found'
}
