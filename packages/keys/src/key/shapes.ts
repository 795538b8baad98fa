import { z } from 'zod'
import { page, Time } from '../fields/fields.ts'
import { StoredName, StoredUuid } from '../fields/stored.ts'

// What keys of projects and of users have in common, in the order that the wire has.

/** A key: whose it is comes before. */
export const described = {
  name: StoredName,
  creation: Time,
  expiration: Time,
  revoked: Time.optional().meta({ description: 'When it was revoked. Absent while the key is active.' }),
}

/** A key that was just made. */
export const created = {
  name: StoredName,
  key: z.string().meta({ description: 'The key itself: here, and nowhere else, ever.' }),
  creation: Time,
  expiration: Time,
}

/** A key as people look at it. */
export const card = {
  uuid: StoredUuid,
  name: StoredName,
  last_four: z.string(),
  creation: Time,
  expiration: Time,
  revoked: Time.nullable(),
}

export const keyFilters = {
  ...page,
  revoked: z
    .boolean('must be true or false')
    .optional()
    .meta({ description: 'true: only revoked keys; else only the others.' }),
}

const Moment = z.iso.datetime('must be a time in UTC, such as 2026-05-02T12:00:00Z').optional()

/** How the console asks for keys: also by when they expire, the earlier time included, and in other orders. */
export const consoleFilters = {
  ...keyFilters,
  sort: z.enum(['name', 'creation', 'expiration'], 'must be name, creation or expiration').default('name'),
  expires_from: Moment,
  expires_before: Moment,
}
