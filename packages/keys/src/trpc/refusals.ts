import type { ErrorCode } from '@project-keys/verify'

// The refusals of each kind of caller, for the document. A test compares them with the responses.

/** Every endpoint that reads a credential may refuse it, and limits how often a bad one comes. */
export const OF_CREDENTIALS: ErrorCode[] = [
  'missing',
  'invalid_token',
  'token_of_locked_user',
  'mistyped',
  'unknown',
  'expired',
  'revoked',
  'replaced',
  'project_deleted',
  'address_unknown',
  'address_not_allowed',
  'rate_limited',
]
export const OF_USERS: ErrorCode[] = [...OF_CREDENTIALS, 'project_key_not_accepted']
export const OF_SESSIONS: ErrorCode[] = [...OF_USERS, 'session_required']
