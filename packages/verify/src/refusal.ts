import { credentialMistake, type ReadHeader } from './credential-mistakes.ts'
import { ERROR_CODES } from './error-codes.ts'
import { quotaHeaders } from './quota.ts'
import { isScope } from './scopes.ts'
import type { Missing, Refused, VerifiedKey } from './verdict.ts'
import type { CallOptions } from './verification.ts'
import type { Verifier } from './verifier.ts'

/**
 * How an HTTP service refuses a request. All of it is ASCII and names no key and no project; `message` is a sentence
 * for people, `error_code` one of `ERROR_CODES`.
 */
export type Refusal = {
  status: 401 | 403 | 429 | 503
  headers: Record<string, string>
  message: string
  error_code: (Refused | Missing)['reason'] | 'database_unavailable'
}

const day = (date: Date): string => date.toISOString().slice(0, 10)

/** Tells the reason, because only the holder of a key can send it. */
function messageOf(refused: Refused | Missing): string {
  switch (refused.reason) {
    case 'missing':
      return 'Send a project key: `Authorization: Bearer KEY`.'
    case 'malformed':
      return 'This is not a project key.'
    case 'mistyped':
      return 'This key is not known, and it seems to be mistyped or cut: its last letters do not fit the rest.'
    case 'unknown':
      return 'This key is not known.'
    case 'expired':
      return `This key expired on ${day(refused.date)}.`
    case 'revoked':
      return `This key was revoked on ${day(refused.date)}.`
    case 'replaced':
      return `This secret of the key was replaced by a new one, and ended on ${day(refused.date)}.`
    case 'project_deleted':
      return `The project of this key was deleted on ${day(refused.date)}.`
    case 'other_project':
      return 'This key is good for another project.'
    case 'insufficient_scope':
      return 'This key lacks a scope that is required here: see WWW-Authenticate.'
    case 'address_unknown':
      return 'This key may be used from some networks only, and the address of this request is not known.'
    case 'address_not_allowed':
      return 'This key may not be used from the address of this request.'
    case 'key_rate_limited':
      return `This key was used too often. Try again in ${refused.quota.reset} seconds.`
  }
}

/** The reasons of which the form of the credential may tell more. */
const OF_FORM: Refusal['error_code'][] = ['missing', 'malformed', 'mistyped']

/**
 * By RFC 6750, section 3.1: 401 for a key that is refused, 403 for a good key that may not do this; 429 beyond its limit.
 * With the headers of the request, the message says what is wrong with the form of the credential.
 */
export function refusalOf(refused: Refused | Missing, readHeader?: ReadHeader): Refusal {
  const { reason: error_code } = refused
  const { status } = ERROR_CODES[error_code]
  const mistake = readHeader && OF_FORM.includes(error_code) ? credentialMistake(readHeader, 'key') : null
  const message = mistake ?? messageOf(refused)
  const evidence = 'evidenceAge' in refused ? { 'evidence-age': String(refused.evidenceAge) } : {}
  return { status, headers: { ...headersOf(refused, message), ...evidence }, message, error_code }
}

/** The headers that tell a program why a request was refused; RFC 6750 has no word for an address or a limit. */
function headersOf(refused: Refused | Missing, message: string): Record<string, string> {
  switch (refused.reason) {
    case 'missing':
      return { 'www-authenticate': 'Bearer' }
    case 'insufficient_scope':
      return {
        'www-authenticate': `Bearer error="insufficient_scope", scope="${refused.scopes.filter(isScope).join(' ')}"`,
      }
    case 'other_project':
      return { 'www-authenticate': `Bearer error="insufficient_scope", error_description="${message}"` }
    case 'address_unknown':
    case 'address_not_allowed':
      return {}
    case 'key_rate_limited':
      return { 'retry-after': String(refused.quota.reset), ...quotaHeaders(refused.quota) }
    default:
      return { 'www-authenticate': `Bearer error="invalid_token", error_description="${message}"` }
  }
}

/** `Retry-After` is in seconds (RFC 9110, section 10.2.3). */
const UNAVAILABLE: Refusal = {
  status: 503,
  headers: { 'retry-after': '1' },
  message: 'Keys cannot be verified at the moment. Try again in a second.',
  error_code: 'database_unavailable',
}

/** What a guard requires of a key. */
export type GuardOptions<Request> = {
  /** The slug or UUID of the one project whose keys are accepted. */
  project?: string
  /** Scopes that the key must have, all of them; a key without scopes has every one. */
  scopes?: readonly string[]
  /** Tells the address of the caller. Without one, a key with networks is refused. */
  address?: (request: Request) => string | undefined
}

type Guarded = { verifier: Pick<Verifier, 'forRequest'>; readHeader: ReadHeader }

/** The key of a request, and headers for its response. */
type Admitted = { key: VerifiedKey; headers: Record<string, string> }

/** The common part of all guards: the key of the request, or how to refuse it. It never rejects. */
export async function admit({ verifier, readHeader }: Guarded, options: CallOptions): Promise<Admitted | Refusal> {
  try {
    const authorization = readHeader('authorization')
    const verdict = await verifier.forRequest(typeof authorization === 'string' ? authorization : null, options)
    if (!verdict.valid) return refusalOf(verdict, readHeader)
    return { key: verdict.key, headers: verdict.quota ? quotaHeaders(verdict.quota) : {} }
  } catch {
    return UNAVAILABLE
  }
}

export const bodyOf = ({ message, error_code }: Refusal) => ({ message, error_code })
