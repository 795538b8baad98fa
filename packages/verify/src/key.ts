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
 * A new key: `prefix` (letters, digits and underscores), kind, 24 random letters (143 bits, from the system's generator
 * and without modulo bias, unless they are given), and a checksum of 6 letters, which tells a mistyped or cut key without
 * the database. The checksum is the CRC-32 of everything before it (RFC 1952, section 8) in base 62.
 */
export function generateKey(prefix: string, kind: KeyKind, letters = randomLetters()): string {
  const start = `${prefix}_${kind}_${letters}`
  return start + checksum(start)
}

const randomLetters = () =>
  Array.from({ length: RANDOM_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('')

/** The 24 letters of a key from 40 bytes that cannot be guessed. So many bytes leave a modulo bias below 2^-176. */
export function lettersOf(bytes: Uint8Array): string {
  const base = BigInt(ALPHABET.length)
  let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  let letters = ''
  while (letters.length < RANDOM_LENGTH) {
    letters += ALPHABET.charAt(Number(rest % base))
    rest /= base
  }
  return letters
}

/** The kind of a key by its form alone, or null. Any prefix is accepted, because the configured one may change. */
export function kindOfKey(text: string): KeyKind | null {
  const kind = FORMAT.exec(text)?.[1]
  return kind === 'run' || kind === 'user' ? kind : null
}

/**
 * False for a key that was mistyped or cut. That is no reason to refuse it, because imported keys may have no checksum.
 */
export const hasChecksum = (key: string): boolean =>
  key.slice(-CHECKSUM_LENGTH) === checksum(key.slice(0, -CHECKSUM_LENGTH))

/**
 * The SHA-256 of a key (FIPS 180-4), 32 bytes. 143 random bits need no salt and no slow hash (NIST SP 800-63B,
 * 5.1.2.2).
 */
export const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest()

/** The letters by which people recognize a key. They reveal 24 of its bits, which leaves 119. */
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
