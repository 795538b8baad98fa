/// <reference types="node" preserve="true" />
import { createHash, randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const RANDOM_LENGTH = 24
const CHECKSUM_LENGTH = 6
const FORMAT = new RegExp(`^[0-9A-Za-z_]+_(run|user)_[0-9A-Za-z]{${RANDOM_LENGTH + CHECKSUM_LENGTH}}$`)

/** `run`: a project key (`bencher_run_…`); `user`: a user key (`bencher_user_…`). */
export type KeyKind = 'run' | 'user'

/**
 * A new key: its prefix, 24 letters by the system's generator without modulo bias (143 bits), and 6 that are the CRC-32
 * of all before them in base 62, so that a mistyped or cut key can be told apart without the database.
 */
export function generateKey(prefix: string, kind: KeyKind): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('')
  const start = `${prefix}_${kind}_${random}`
  return start + checksum(start)
}

/** Which kind of key a text is by its form alone; null where it is none. Any prefix: it may have been another one once. */
export function kindOfKey(text: string): KeyKind | null {
  const kind = FORMAT.exec(text)?.[1]
  return kind === 'run' || kind === 'user' ? kind : null
}

/** False for a key that was mistyped or cut; also for one that another service made, which refuses nothing. */
export const hasChecksum = (key: string): boolean =>
  key.slice(-CHECKSUM_LENGTH) === checksum(key.slice(0, -CHECKSUM_LENGTH))

/** What is kept of a key: 143 random bits need no salt and no slow hash (NIST SP 800-63B, look-up secrets). */
export const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest()

/** What people tell keys apart by; the 20 random letters that stay unknown are 119 bits. */
export const lastFour = (key: string): string => key.slice(-4)

function checksum(text: string): string {
  let rest = crc32(text)
  let letters = ''
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    letters = ALPHABET.charAt(rest % ALPHABET.length) + letters
    rest = Math.floor(rest / ALPHABET.length)
  }
  return letters
}
