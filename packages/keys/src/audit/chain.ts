import { createHash } from 'node:crypto'

// The chain of the audit log: each link holds the one before it, so the last link vouches for all lines in their order.

/** The chain of the server, whose UUID no organization has: of what belongs to no organization. */
export const SERVER_CHAIN = '00000000-0000-0000-0000-000000000000'

/** The link before the first line. */
export const GENESIS = Buffer.alloc(32)

/** The SHA-256 of a line, in UTF-8. */
export const hashLine = (line: string | Uint8Array): Buffer => sha256(line)

/** The link of the line with this hash, after the link before it. */
export const linkAfter = (before: Uint8Array, hash: Uint8Array): Buffer => sha256(Buffer.concat([before, hash]))

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest()

/** A chain as lines and heads name it: by the UUID of its organization. */
export const chainName = (chain: string) => (chain === SERVER_CHAIN ? 'server' : chain)
