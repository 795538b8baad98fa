import { credentialMistake, type ReadHeader } from './credential-mistakes.ts'
import { ERROR_CODES } from './error-codes.ts'
import type { Missing, Refused, VerifiedKey } from './verdict.ts'
import type { CallOptions } from './verification.ts'
import type { Verifier } from './verifier.ts'

/**
 * How an HTTP service refuses a request. All of it is ASCII and names no key and no project; `message` is a sentence
 * for people, `error_code` one of `ERROR_CODES`.
 */
export type Refusal = {
  status: 401 | 403 | 503
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
  }
}

/** The reasons of which the form of the credential may tell more. */
const OF_FORM: Refusal['error_code'][] = ['missing', 'malformed', 'mistyped']

/**
 * By RFC 6750, section 3.1: 401 for a key that is refused, 403 for a good key of another project. With the headers of
 * the request, the message says what is wrong with the form of the credential.
 */
export function refusalOf(refused: Refused | Missing, readHeader?: ReadHeader): Refusal {
  const { reason: error_code } = refused
  const { status } = ERROR_CODES[error_code]
  const mistake = readHeader && OF_FORM.includes(error_code) ? credentialMistake(readHeader, 'key') : null
  const message = mistake ?? messageOf(refused)
  const error = error_code === 'other_project' ? 'insufficient_scope' : 'invalid_token'
  const challenge = error_code === 'missing' ? 'Bearer' : `Bearer error="${error}", error_description="${message}"`
  const evidence = 'evidenceAge' in refused ? { 'evidence-age': String(refused.evidenceAge) } : {}
  return { status, headers: { 'www-authenticate': challenge, ...evidence }, message, error_code }
}

/** `Retry-After` is in seconds (RFC 9110, section 10.2.3). */
const UNAVAILABLE: Refusal = {
  status: 503,
  headers: { 'retry-after': '1' },
  message: 'Keys cannot be verified at the moment. Try again in a second.',
  error_code: 'database_unavailable',
}

type Guarded = { verifier: Pick<Verifier, 'forRequest'>; readHeader: ReadHeader }

/** The common part of all guards: the key of the request, or how to refuse it. It never rejects. */
export async function admit({ verifier, readHeader }: Guarded, options: CallOptions): Promise<VerifiedKey | Refusal> {
  try {
    const authorization = readHeader('authorization')
    const verdict = await verifier.forRequest(typeof authorization === 'string' ? authorization : null, options)
    return verdict.valid ? verdict.key : refusalOf(verdict, readHeader)
  } catch {
    return UNAVAILABLE
  }
}

export const bodyOf = ({ message, error_code }: Refusal) => ({ message, error_code })
