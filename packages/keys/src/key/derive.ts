import { hkdfSync } from 'node:crypto'
import { lettersOf } from '@project-keys/verify/key'

type From = { salt: Uint8Array; info: Uint8Array }

/** Derives the random part of a key from a secret by HKDF-SHA256 (RFC 5869): the same letters for the same salt and info. */
export const deriveLetters = (secret: string, { salt, info }: From): string =>
  lettersOf(new Uint8Array(hkdfSync('sha256', secret, salt, info, 40)))
