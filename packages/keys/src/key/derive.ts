import { hkdfSync } from 'node:crypto'
import { lettersOf } from '@project-keys/verify/key'

/** Gives the same letters for the same salt and info, and others for every other. */
export type Derive = (salt: Uint8Array, info: Uint8Array) => string

/** Derives the random part of a key from SECRET_KEY by HKDF-SHA256 (RFC 5869). */
export const createDerive =
  (secret: string): Derive =>
  (salt, info) =>
    lettersOf(new Uint8Array(hkdfSync('sha256', secret, salt, info, 40)))
