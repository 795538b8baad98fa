import { words } from '#lib/words/en.ts'
import { refusal } from './api.ts'
import { refusalMessage } from './failure.ts'

/** The problem at an email field whose value the API refused. */
export const problemOfEmail = (error: unknown): string =>
  refusal(error) === 'BAD_REQUEST' ? words.email.wrong : refusalMessage(error, 'CONFLICT')
