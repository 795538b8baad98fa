import { generateKey, hashKey, type KeyKind, lastFour } from '@project-keys/verify/key'
import { v7 as uuidv7 } from 'uuid'
import { MAX_TTL } from '../fields/fields.ts'

export type NewKey = {
  /** Given by a form that may be sent twice; else made here. */
  uuid?: string
  name: string
  /** Seconds; null or absent: as long as can be. */
  ttl?: number | null | undefined
  prefix: string
  now: Date
}

/** A new key and the row that is kept of it, for keys of projects and of users alike. The plaintext is not in the row. */
export function issueKey(kind: KeyKind, { uuid, name, ttl, prefix, now }: NewKey) {
  const key = generateKey(prefix, kind)
  const row = {
    uuid: uuid ?? uuidv7({ msecs: now.getTime() }),
    name,
    hash: new Uint8Array(hashKey(key)),
    lastFour: lastFour(key),
    creation: now,
    expiration: new Date(now.getTime() + (ttl ?? MAX_TTL) * 1000),
  }
  return { key, row }
}
