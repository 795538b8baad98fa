import type { PageRequest } from '../database/page-request.ts'
import type { AddParameter } from '../database/parameters.ts'

/**
 * The states by which lists are filtered. REST has `revoked` and `unrevoked`; the console splits the latter into `active`
 * and `expired`.
 */
export type State = 'unrevoked' | TabState
export type TabState = 'active' | 'expired' | 'revoked'

/** `creator` and `last_used` are of project keys alone. */
export type Sort = 'name' | 'creation' | 'expiration' | 'creator' | 'last_used'

/** The request for a page of keys; REST sorts by name alone. */
export type KeyRequest = PageRequest & {
  state: State
  now: Date
  sort?: Sort
  expires_from?: string | undefined
  expires_before?: string | undefined
}

export const stateInRest = ({ revoked }: { revoked?: boolean | undefined }): State =>
  revoked ? 'revoked' : 'unrevoked'

/**
 * The condition on the state, in SQL; `now` makes an expression where one is needed. A key has expired when the second of
 * its expiration begins.
 */
export function inState(state: State, now: () => string): string {
  switch (state) {
    case 'revoked':
      return 'revoked IS NOT NULL'
    case 'unrevoked':
      return 'revoked IS NULL'
    case 'active':
      return `revoked IS NULL AND expiration > ${now()}`
    case 'expired':
      return `revoked IS NULL AND expiration <= ${now()}`
  }
}

type Span = Pick<KeyRequest, 'expires_from' | 'expires_before'>

/** The conditions on when a key expires. */
export function expiring({ expires_from, expires_before }: Span, parameter: AddParameter): string[] {
  const from = expires_from && `expiration >= ${parameter(expires_from)}::timestamptz`
  const before = expires_before && `expiration < ${parameter(expires_before)}::timestamptz`
  return [from, before].filter((part) => part !== undefined)
}
