import { z } from 'zod'
import { EXAMPLES } from '../fields/examples.ts'
import { Line } from '../fields/fields.ts'
import { Scope } from './inputs.ts'

// The scopes of a project, each with a description, so that people choose instead of remembering.

const MOST = 256

/** As they are stored and answered. */
export const KeyScopes = z
  .array(
    z.object({
      scope: z.string().meta({ example: EXAMPLES.scope }),
      description: z.string().nullable().meta({ example: EXAMPLES.scopeDescription }),
    }),
  )
  .meta({ description: 'The scopes that the console offers for keys of the project.' })
export type KeyScopes = z.output<typeof KeyScopes>

const NewScope = z.object(
  { scope: Scope, description: Line.nullish() },
  'must be an object of a `scope` and a `description`',
)
const NewScopes = z
  .array(NewScope, 'must be a list')
  .max(MOST, `must have at most ${MOST} entries`)
  .refine((list) => new Set(list.map(({ scope }) => scope)).size === list.length, 'must have each scope once')

/** The field of a PATCH on a project; null or an empty list takes the scopes away. */
export const scopesField = {
  key_scopes: NewScopes.nullish().meta({
    description: 'Replaces the list of the scopes of the project; null takes it away.',
  }),
}

/** The list to store; null if it is empty. */
export const scopesOf = (asked: z.output<typeof NewScopes> | null): KeyScopes | null =>
  asked && asked.length > 0
    ? asked.map(({ scope, description }) => ({ scope, description: description ?? null }))
    : null
