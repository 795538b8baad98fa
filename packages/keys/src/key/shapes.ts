import { z } from 'zod'
import { EXAMPLES } from '../fields/examples.ts'
import { page, Time } from '../fields/fields.ts'
import { StoredName } from '../fields/stored.ts'

// Keys of projects and of users share these shapes.

const Revoked = Time.meta({ description: 'When it was revoked. Absent while the key is active.' })

/** The shared columns that may leave the service. The hash is not among them, so it never leaves. */
export const keyColumns = {
  name: StoredName,
  last_four: z.string(),
  creation: Time,
  expiration: Time,
  revoked: Time.nullable(),
}

/** A key over REST, after its UUID and its owner. */
export const described = { name: StoredName, creation: Time, expiration: Time, revoked: Revoked.optional() }

/** REST leaves `revoked` out while a key is active. */
export const withoutNull = <Key extends { revoked: Date | string | null }>({ revoked, ...key }: Key) =>
  revoked ? { ...key, revoked } : key

/** A new key, in the one response that holds its plaintext. */
export const created = {
  name: StoredName,
  key: z.string().meta({ description: 'The key itself. No other response holds it.', example: EXAMPLES.projectKey }),
  creation: Time,
  expiration: Time,
}

export const keyFilters = {
  ...page,
  revoked: z
    .boolean('must be true or false')
    .optional()
    .meta({ description: 'true: only revoked keys; otherwise only the others.' }),
}

/** PostgreSQL knows no year 0, and reads no fraction of any length. */
export const TimeInUtc = z.iso
  .datetime('must be a time in UTC, such as 2026-05-02T12:00:00Z')
  .max(30, 'must have at most 9 digits after the second')
  .refine((text) => !text.startsWith('0000'), 'must be a time in the year 1 or later')
  .optional()

/** The tabs of the console's lists. An active key is neither revoked nor expired. */
export const tabs = z.enum(['active', 'expired', 'revoked'], 'must be active, expired or revoked')

/** What the console's read-only list takes. */
export const readOnlyFilters = { ...page, state: tabs.default('active') }

const sorts = ['name', 'creation', 'expiration'] as const

/** The console filters by the state, and by expiration (from the earlier time on, before the later one), and sorts by times. */
export const consoleFilters = {
  ...readOnlyFilters,
  sort: z.enum(sorts, 'must be name, creation or expiration').default('name'),
  expires_from: TimeInUtc,
  expires_before: TimeInUtc,
}

/** Project keys also by their makers and by their last uses. */
export const projectKeyFilters = {
  ...consoleFilters,
  sort: z
    .enum([...sorts, 'creator', 'last_used'], 'must be name, creation, expiration, creator or last_used')
    .default('name'),
}

/** A number of keys. `more`: there are more of them than `total`. */
export const Count = z.object({ total: z.int(), more: z.boolean() })
export type Count = z.output<typeof Count>
export const exactly = (total: number): Count => ({ total, more: false })

/** The part of a page of the console's list beside its keys: how many match, and how many each tab lists. */
export const consoleCounts = { ...Count.shape, counts: z.record(tabs, Count) }
