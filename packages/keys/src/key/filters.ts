import type { PageRequest } from '../database/page-request.ts'
import type { AddParameter } from '../database/parameters.ts'

/** The request for a page of keys; REST sorts by name alone. */
export type KeyRequest = PageRequest & {
  /** True for revoked keys only; else for the others only. */
  revoked?: boolean | undefined
  sort?: 'name' | 'creation' | 'expiration'
  expires_from?: string | undefined
  expires_before?: string | undefined
}

/** The conditions on when a key expires. */
export function expiring({ expires_from, expires_before }: KeyRequest, parameter: AddParameter): string[] {
  const from = expires_from && `expiration >= ${parameter(expires_from)}::timestamptz`
  const before = expires_before && `expiration < ${parameter(expires_before)}::timestamptz`
  return [from, before].filter((part) => part !== undefined)
}
