import { DAY } from './times.ts'

const SOON = 7 * DAY
const ENDLESS = 4_294_967_295_000 // ms: the longest life that a key can have, given to those that never expire

type Lifetime = { creation: string; expiration: string; revoked: string | null }
type Person = { name: string } | null

/** What the pages tell of a key: of a project's or of a user's own. */
export type KeyRecord = Lifetime & {
  uuid: string
  name: string
  creator?: Person
  revoker?: Person
  /** Where it is known: null is never. */
  last_used?: string | null
  address?: string | null
}
export type MaskedKey = KeyRecord & { masked: string }

export type Status = 'active' | 'soon' | 'expired' | 'revoked'

export function statusOf({ expiration, revoked }: Lifetime, now: number): Status {
  if (revoked) return 'revoked'
  const left = Date.parse(expiration) - now
  if (left <= 0) return 'expired'
  return left < SOON ? 'soon' : 'active'
}

const IN_USE = 7 * DAY

/** Whether revoking it is likely to stop something. */
export const isInUse = ({ last_used }: { last_used?: string | null }, now: number): boolean =>
  last_used ? now - Date.parse(last_used) < IN_USE : false

export const isEndless = ({ creation, expiration }: Lifetime): boolean =>
  Date.parse(expiration) - Date.parse(creation) >= ENDLESS
