import type { z } from 'zod'
import type { Changing } from '../database/client.ts'
import { timeOf } from '../database/times.ts'
import { settingsStored } from '../key-settings/stored.ts'
import { columnsFor } from '../key-settings/write.ts'
import type { changedKey, KeyRow } from './columns.ts'
import { findKey } from './project-keys.ts'

export type Changes = z.output<z.ZodObject<typeof changedKey>>
type One = { project: string; uuid: string }

/** A change of these alone is possible when the key is revoked: they say what it was, not what it may do. */
const OF_REVOKED = ['name', 'description', 'external_id', 'metadata']

/** The columns that a PATCH changes. */
export function changedColumns({ name, expiration, ...settings }: Changes, now: Date) {
  return {
    ...(typeof name === 'string' && { name }),
    ...(expiration !== undefined && { expiration: new Date(expiration), expiration_set: now }),
    ...columnsFor(settings),
  }
}

/** The key after the change of these columns and nothing else, or why there is none. */
export async function updateKey(
  { db, verifier }: Changing,
  { data, ...one }: One & { data: ReturnType<typeof changedColumns> },
): Promise<KeyRow | 'revoked' | 'not found'> {
  const isOfRevoked = Object.keys(data).every((column) => OF_REVOKED.includes(column))
  const key = await db.changes(verifier).changeKey(isOfRevoked ? one : { ...one, revoked: null }, data)
  if (!key) return !isOfRevoked && (await findKey(db, one)) ? 'revoked' : 'not found'
  const { creation, expiration, expiration_set, revoked, rotated, ...row } = key
  return {
    ...row,
    settings: { ...settingsStored(row), ...(expiration_set && { expiration_set: timeOf(expiration_set) }) },
    creation: timeOf(creation),
    expiration: timeOf(expiration),
    revoked: revoked && timeOf(revoked),
    rotated: rotated && timeOf(rotated),
  }
}
