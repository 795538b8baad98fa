import type { PageRequest, Put } from '../database/page.ts'

/** How a page of keys is asked for; over REST by name alone. */
export type KeyRequest = PageRequest & {
  /** Only the revoked ones; else only the others. */
  revoked?: boolean | undefined
  sort?: 'name' | 'creation' | 'expiration'
  expires_from?: string | undefined
  expires_before?: string | undefined
}

/** The conditions on when a key expires. */
export function expiring({ expires_from, expires_before }: KeyRequest, put: Put): string[] {
  const from = expires_from && `expiration >= ${put(expires_from)}::timestamptz`
  const before = expires_before && `expiration < ${put(expires_before)}::timestamptz`
  return [from, before].filter((part) => part !== undefined)
}
