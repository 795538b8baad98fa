import { z } from 'zod'
import { Uuid } from '../fields/fields.ts'
import { refusal } from '../trpc/errors.ts'
import type { Cursor } from './matches.ts'

/** Where the page before ended; opaque to clients. */
export const After = z.string('must be a string').max(2000, 'must be what the page before gave as `next`').optional()
const Place = z.object({ name: z.string(), creation: z.string(), uuid: Uuid })

export const writeCursor = (place: Cursor | null): string | null =>
  place && Buffer.from(JSON.stringify(place)).toString('base64url')

/** @throws invalid_input */
export function readCursor(after: string | undefined): Cursor | null {
  if (after === undefined) return null
  try {
    return Place.parse(JSON.parse(Buffer.from(after, 'base64url').toString()))
  } catch (cause) {
    throw refusal('invalid_input', 'after: must be what the page before gave as `next`.', cause)
  }
}
