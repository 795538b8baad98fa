import { generateKey, hashKey, type KeyKind, lastFour } from '@project-keys/verify/key'
import { v7 as uuidv7 } from 'uuid'
import { MAX_TTL } from '../fields/fields.ts'

export type NewKey = {
  /** From a form, so that sending it twice makes one key; else generated here. */
  uuid?: string | undefined
  name: string
  /** In seconds; the longest possible if null or absent. */
  ttl?: number | null | undefined
  prefix: string
  /** The letters of the key, where they are not to be random. */
  letters?: string | undefined
  now: Date
}

/** Generates a secret, and the columns that its key needs of it. */
export function issueSecret(kind: KeyKind, { prefix, letters }: Pick<NewKey, 'prefix' | 'letters'>) {
  const key = generateKey(prefix, kind, letters)
  return { key, hash: new Uint8Array(hashKey(key)), last_four: lastFour(key) }
}

/** Generates a key of a project or of a user, and the row to store. The row does not hold the plaintext. */
export function issueKey(kind: KeyKind, { uuid, name, ttl, prefix, letters, now }: NewKey) {
  const { key, ...secret } = issueSecret(kind, { prefix, letters })
  const row = {
    uuid: uuid ?? uuidv7({ msecs: now.getTime() }),
    name,
    ...secret,
    creation: now,
    expiration: new Date(now.getTime() + (ttl ?? MAX_TTL) * 1000),
  }
  return { key, row }
}
