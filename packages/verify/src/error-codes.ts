type Described = { status: number; meaning: string }

/**
 * Every reason for which a request is refused, with its HTTP status. A verdict's `reason` is one of these, too. Clients
 * act on the names, so a name never changes; new ones may come.
 */
export const ERROR_CODES = {
  invalid_input: { status: 400, meaning: 'A field of the path, the query or the body is wrong; the message names it.' },
  invalid_body: { status: 400, meaning: 'The body is empty, or it is not a JSON object in UTF-8.' },
  invalid_path: { status: 400, meaning: 'The path holds a `%` that is not followed by the code of a letter in UTF-8.' },
  missing_host: { status: 400, meaning: 'The request has no `Host` header.' },
  invalid_http: { status: 400, meaning: 'The request is not valid HTTP.' },
  batch_too_large: { status: 400, meaning: 'A request over tRPC holds more than 64 calls.' },
  invalid_request: { status: 400, meaning: 'The request is wrong in another way; the message says how.' },

  missing: { status: 401, meaning: 'The request has no credential of the form `Authorization: Bearer TOKEN`.' },
  malformed: { status: 401, meaning: 'The credential must be a project key, and does not have the form of one.' },
  mistyped: { status: 401, meaning: 'The key is unknown, and its checksum is wrong: it seems to be mistyped or cut.' },
  unknown: { status: 401, meaning: 'The key is unknown.' },
  expired: { status: 401, meaning: 'The key has expired.' },
  revoked: { status: 401, meaning: 'The key was revoked.' },
  replaced: { status: 401, meaning: 'The key was rotated, and this old secret of it has ended: use the new one.' },
  project_deleted: { status: 401, meaning: 'The project of the key was deleted.' },
  invalid_token: { status: 401, meaning: 'The session or API token is not valid, has expired or was signed out.' },
  token_of_locked_user: { status: 401, meaning: 'The user of the API token is locked.' },
  invalid_link: { status: 401, meaning: 'The sign-in link was used before, or it has expired.' },
  invalid_invitation: { status: 401, meaning: 'The token is not an invitation, or it has expired.' },

  other_project: { status: 403, meaning: 'The key is good, but for another project.' },
  insufficient_scope: {
    status: 403,
    meaning: 'The key is good, but lacks a scope; `WWW-Authenticate` names those that are required.',
  },
  address_unknown: {
    status: 403,
    meaning: 'The key may be used from some networks only, and the address of the request is not known.',
  },
  address_not_allowed: { status: 403, meaning: 'The key may not be used from the address of the request.' },
  project_key_not_accepted: { status: 403, meaning: 'Only users may do this; the credential is a project key.' },
  project_key_required: { status: 403, meaning: 'Only a project key may do this, and only to itself.' },
  self_rotation_off: { status: 403, meaning: 'The key may not rotate itself, because its `self_rotation` is not set.' },
  permission_denied: { status: 403, meaning: 'Your role does not allow this.' },
  admin_only: { status: 403, meaning: 'Only a server admin may do this.' },
  session_required: { status: 403, meaning: 'An API token may not do this: sign in.' },
  recent_sign_in_required: { status: 403, meaning: 'The session is older than an hour: sign in again.' },
  own_account_only: { status: 403, meaning: 'Only the users themselves may do this.' },
  sign_up_closed: { status: 403, meaning: 'Signing up needs an invitation.' },
  invitation_of_other_address: { status: 403, meaning: 'The invitation is for another e-mail address.' },
  account_exists: { status: 403, meaning: 'The address has an account: sign in first, and then accept.' },
  worker_only: { status: 403, meaning: 'Only the service itself may do this.' },

  route_not_found: { status: 404, meaning: 'There is no such path or procedure.' },
  project_not_found: { status: 404, meaning: 'There is no such project, or you may not see it.' },
  organization_not_found: { status: 404, meaning: 'There is no such organization, or you may not see it.' },
  user_not_found: { status: 404, meaning: 'There is no such user, or you may not see them.' },
  key_not_found: { status: 404, meaning: 'The project or the user has no such key.' },
  member_not_found: { status: 404, meaning: 'The organization or the project has no such member.' },
  invitation_not_found: { status: 404, meaning: 'The invitation was accepted or withdrawn, or it has expired.' },

  method_not_allowed: { status: 405, meaning: 'The path does not have this method; `Allow` lists those it has.' },
  request_timeout: {
    status: 408,
    meaning: 'The request took too long to arrive; a body has 10 seconds after the headers.',
  },

  slug_taken: {
    status: 409,
    meaning: 'The slug is taken, or it was freed by a project or an organization less than 90 days ago.',
  },
  quota_exceeded: { status: 409, meaning: 'A quota of `QUOTAS` is used up; the message says which one.' },
  already_created: { status: 409, meaning: 'A key with this UUID was created before.' },
  already_revoked: {
    status: 409,
    meaning: 'The key is already revoked. After a 503 to an earlier try, this is success: that try was carried out.',
  },
  key_revoked: { status: 409, meaning: 'The key is revoked, so what it may do and when it ends can’t change.' },
  policy: {
    status: 409,
    meaning: 'The key would be against the key policy of the project or its organization; the message names the rule.',
  },
  key_expired: { status: 409, meaning: 'The key has expired, so it can’t be rotated: renew it first.' },
  rotation_open: {
    status: 409,
    meaning: 'A rotation of the key is open: end its old secret first, or send `replace: true`.',
  },
  no_rotation: { status: 409, meaning: 'No rotation of the key is open, so there is no old secret to end.' },
  already_member: { status: 409, meaning: 'The person is already a member: change their role instead.' },
  last_leader: { status: 409, meaning: 'An organization must keep at least one leader who is not locked.' },
  last_admin: { status: 409, meaning: 'The server must keep at least one admin who is not locked.' },
  request_under_way: {
    status: 409,
    meaning: 'A request with the same `Idempotency-Key` is under way; `Retry-After` says when to try again.',
  },
  answer_lost: {
    status: 409,
    meaning:
      'The key of this `Idempotency-Key` cannot be derived again, because `SECRET_KEY` or `KEY_PREFIX` was changed since: rotate or revoke it.',
  },
  nothing_to_change: { status: 409, meaning: 'The request holds no field to change.' },

  body_too_large: { status: 413, meaning: 'The body is larger than 1 MiB, or a form is larger than 64 KiB.' },
  unsupported_media_type: {
    status: 415,
    meaning: 'The body has another type than this path accepts, or it is compressed.',
  },
  expectation_failed: { status: 417, meaning: 'The request expects something other than `100-continue`.' },
  idempotency_key_reused: {
    status: 422,
    meaning: 'The `Idempotency-Key` came with another body before: send a new one with each new request.',
  },
  rate_limited: { status: 429, meaning: 'Too many requests; `Retry-After` says when to try again.' },
  key_rate_limited: {
    status: 429,
    meaning: 'The limit of the key is used up; `Retry-After` says when a new window begins.',
  },
  headers_too_large: { status: 431, meaning: 'The headers are larger than 16 KiB.' },
  internal_error: { status: 500, meaning: 'The service failed: give the operator the request id.' },
  starting: { status: 503, meaning: 'The service is starting; `Retry-After` says when to try again.' },
  outdated: {
    status: 503,
    meaning: 'A newer release has taken over from this process; `Retry-After` says when to try again.',
  },
  database_unavailable: { status: 503, meaning: 'The database does not answer; `Retry-After` says when to try again.' },
} as const satisfies Record<string, Described>

export type ErrorCode = keyof typeof ERROR_CODES

export const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === 'string' && Object.hasOwn(ERROR_CODES, value)
