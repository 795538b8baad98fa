import { z } from 'zod'
import { EXAMPLES } from '../fields/examples.ts'
import { MAX_TTL } from '../fields/fields.ts'

/** The rules for the keys of a place, as they are stored and answered. Null and false are no rule. */
export const KeyPolicy = z
  .object({
    max_ttl: z.int().nullable().meta({ description: 'The longest lifetime in seconds.' }),
    default_ttl: z.int().nullable().meta({ description: 'The lifetime of a key that is created without a `ttl`.' }),
    require_expiration: z.boolean().meta({ example: true }),
    require_scopes: z.boolean().meta({ example: false }),
    require_networks: z.boolean().meta({ example: false }),
  })
  .meta({ id: 'KeyPolicy', example: EXAMPLES.policy })
export type KeyPolicy = z.output<typeof KeyPolicy>

const Seconds = z
  .int('must be a whole number of seconds, or null')
  .min(1, 'must be at least 1 second')
  .max(MAX_TTL, `must be at most ${MAX_TTL} seconds`)
  .nullish()
const Switch = z.boolean('must be true or false').nullish()

/** A policy in a request, which replaces the one before as a whole: an absent rule is none. */
const NewPolicy = z
  .strictObject(
    {
      max_ttl: Seconds,
      default_ttl: Seconds,
      require_expiration: Switch,
      require_scopes: Switch,
      require_networks: Switch,
    },
    'must be an object of the rules `max_ttl`, `default_ttl`, `require_expiration`, `require_scopes`, `require_networks` and of nothing else',
  )
  .refine(({ max_ttl, default_ttl }) => !max_ttl || !default_ttl || default_ttl <= max_ttl, {
    path: ['default_ttl'],
    error: 'must be at most `max_ttl`',
  })
  .meta({ example: EXAMPLES.policy })
type NewPolicy = z.output<typeof NewPolicy>

/** The field of a PATCH on a place; null takes the policy away. */
export const policyField = {
  key_policy: NewPolicy.nullish().meta({
    description: 'Rules for new and changed keys. It is replaced as a whole; null takes it away.',
  }),
}

/** The policy to store; null if it has no rule. */
export function policyOf(asked: NewPolicy | null): KeyPolicy | null {
  if (!asked || !Object.values(asked).some(Boolean)) return null
  const { max_ttl, default_ttl, require_expiration, require_scopes, require_networks } = asked
  return {
    max_ttl: max_ttl ?? null,
    default_ttl: default_ttl ?? null,
    require_expiration: require_expiration ?? false,
    require_scopes: require_scopes ?? false,
    require_networks: require_networks ?? false,
  }
}

/** The field of an answer about a place, for those who may manage it; absent where there is no policy. */
export const policyShown = {
  key_policy: KeyPolicy.optional().meta({ description: 'Rules for its keys; only those who may manage it see them.' }),
}

/** The place with its stored policy, or without the field. */
export const withPolicy = <Place extends { key_policy: unknown }>({ key_policy, ...place }: Place) => ({
  ...place,
  ...(key_policy ? { key_policy: KeyPolicy.parse(key_policy) } : {}),
})
