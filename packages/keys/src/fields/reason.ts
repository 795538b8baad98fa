import { z } from 'zod'
import { invisiblePart } from './invisible.ts'

/** Why keys are revoked, for people. */
export const Reason = z
  .string('must be a string')
  .trim()
  .min(1, 'must not be empty: leave it out')
  .refine((text) => [...text].length <= 200, 'must have at most 200 characters')
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'must be one line of well-formed Unicode')
  .refine((text) => invisiblePart(text) === null, { error: ({ input }) => invisiblePart(String(input)) ?? undefined })
  .meta({
    minLength: 1,
    maxLength: 200,
    description: 'Why they are revoked, for those who manage the keys. The holder of a key never learns it.',
    example: 'Found in a public repository',
  })
