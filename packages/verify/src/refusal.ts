import { ERROR_CODES } from './error-codes.ts'
import type { Missing, Refused, VerifiedKey } from './verdict.ts'
import type { Credential, Verifier } from './verifier.ts'

/** The answer of an HTTP service that refuses a request. It is plain ASCII and contains no name of anything. */
export type Refusal = {
  status: 401 | 403 | 503
  headers: Record<string, string>
  message: string
  error_code: (Refused | Missing)['reason'] | 'database_unavailable'
}

const day = (date: Date): string => date.toISOString().slice(0, 10)

/** Tells the reason, because only the holder of a key can show it. */
function messageOf(refused: Refused | Missing): string {
  switch (refused.reason) {
    case 'missing':
      return 'Show a project key: `Authorization: Bearer KEY`.'
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
    case 'project_deleted':
      return `The project of this key was deleted on ${day(refused.date)}.`
    case 'other_project':
      return 'This key is good for another project.'
  }
}

/** The answer by RFC 6750: 401 for a key that is no good, 403 for a good one of another project. */
export function refusalOf(refused: Refused | Missing): Refusal {
  const { reason: error_code } = refused
  const { status } = ERROR_CODES[error_code]
  const message = messageOf(refused)
  const error = error_code === 'other_project' ? 'insufficient_scope' : 'invalid_token'
  const challenge = error_code === 'missing' ? 'Bearer' : `Bearer error="${error}", error_description="${message}"`
  return { status, headers: { 'www-authenticate': challenge }, message, error_code }
}

const AWAY: Refusal = {
  status: 503,
  headers: { 'retry-after': '1' },
  message: 'Keys can not be checked at the moment. Try again in a second.',
  error_code: 'database_unavailable',
}

type Guarded = { verifier: Pick<Verifier, 'forRequest'>; credential: Credential }
type Asked = { project?: string | undefined; address?: string | undefined }

/** What a guard does, whatever the framework: the key of a request, or how to refuse it. */
export async function admit({ verifier, credential }: Guarded, asked: Asked): Promise<VerifiedKey | Refusal> {
  try {
    const verdict = await verifier.forRequest(credential, asked)
    return verdict.valid ? verdict.key : refusalOf(verdict)
  } catch {
    return AWAY
  }
}

export const bodyOf = ({ message, error_code }: Refusal) => ({ message, error_code })
