import { createHash } from 'node:crypto'

/** A prepared statement's name follows from its text, because PostgreSQL rejects one name for two texts. */
export const nameOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 24)
