import { words } from '#lib/words/en.ts'
import { refusal } from './api.ts'
import { sentenceOf } from './failure.ts'

/** What is said at an e-mail field that the API refused. */
export const problemOfEmail = (error: unknown): string =>
  refusal(error) === 'BAD_REQUEST' ? words.email.wrong : sentenceOf(error, 'CONFLICT')
