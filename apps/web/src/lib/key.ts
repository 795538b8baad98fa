import type { DetailedKey, ListedKey } from './api-types.ts'
import { DAY } from './times.ts'

const SOON = 7 * DAY
const RECENTLY = 7 * DAY
const ENDLESS = 4_294_967_295_000 // ms: the longest lifetime of a key, which keys without an expiry get

type Lifetime = Pick<ListedKey, 'creation' | 'expiration' | 'revoked'>

/** The days that a list shows the calls of. */
export const RECENT_DAYS = 14

/** A key as pages show it: with all but its last four letters hidden. */
export type Masked<Key extends ListedKey | DetailedKey> = Key & { masked: string }

/** A key in a list, with the calls of the last days if it had any. */
export type Listed = Masked<ListedKey> & { calls: number[] | null }

export type Status = 'active' | 'soon' | 'expired' | 'revoked'

export function statusOf({ expiration, revoked }: Lifetime, now: number): Status {
  if (revoked) return 'revoked'
  const left = Date.parse(expiration) - now
  if (left <= 0) return 'expired'
  return left < SOON ? 'soon' : 'active'
}

/** Whether revoking the key is likely to stop something. The API counts no uses of user keys. */
export const isInUse = (key: DetailedKey, now: number): boolean =>
  'last_used' in key && key.last_used !== null && now - Date.parse(key.last_used) < RECENTLY

/** Whether a list shows the calls of the key. The day of the last use may have begun a day before. */
export const isUsedLately = (key: ListedKey, now: number): boolean =>
  'last_used' in key && key.last_used !== null && now - Date.parse(key.last_used) < (RECENT_DAYS + 1) * DAY

export const isEndless = ({ creation, expiration }: Lifetime): boolean =>
  Date.parse(expiration) - Date.parse(creation) >= ENDLESS
