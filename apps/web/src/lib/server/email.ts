import { words } from '#lib/words/en.ts'
import { errorCodeOf } from './api.ts'
import { refusalMessage } from './failure.ts'

/** The problem at an email field whose value the API refused. */
export const problemOfEmail = (error: unknown): string =>
  errorCodeOf(error) === 'invalid_input'
    ? words.email.wrong
    : refusalMessage(error, 'already_member', 'quota_exceeded', 'sign_up_closed', 'recent_sign_in_required')
