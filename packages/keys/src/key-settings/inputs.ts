import { networkMistake } from '@project-keys/network'
import { z } from 'zod'
import { EXAMPLES } from '../fields/examples.ts'
import { Line } from '../fields/fields.ts'
import { metadataMistake } from './metadata.ts'
import type { Metadata } from './stored.ts'

// The fields of a project key that requests may set, beside its name and its end. For each, null means that it is not set.

const MOST_SCOPES = 64
const MOST_NETWORKS = 32

/** The characters of RFC 6749, section 3.3, without the asterisk. */
const LETTERS = '[\\x21\\x23-\\x29\\x2b-\\x5b\\x5d-\\x7e]+'
export const Scope = z
  .string('must be a string')
  .max(64, 'must have at most 64 characters')
  .regex(
    new RegExp(`^${LETTERS}(:[*])?$`),
    'must be of the characters of a scope (RFC 6749), with an asterisk only at the end after a colon, as in reports:*',
  )
  .meta({
    id: 'Scope',
    example: EXAMPLES.scope,
    description: 'A scope by RFC 6749. `reports:*` covers `reports:` followed by anything.',
  })

const Network = z
  .string('must be a string')
  .max(64, 'must have at most 64 characters')
  .superRefine((text, context) => {
    const message = networkMistake(text)
    if (message) context.addIssue({ code: 'custom', message })
  })
  .meta({
    id: 'Network',
    example: EXAMPLES.network,
    description: 'An IPv4 or IPv6 network in CIDR notation, no host bits set. An IPv4-mapped caller counts as IPv4.',
  })

const listOf = <Item extends z.ZodType>(item: Item, most: number) =>
  z
    .array(item, 'must be a list')
    .min(1, 'must not be empty: leave it out or send null for no restriction')
    .max(most, `must have at most ${most} entries`)

const limitPart = (most: number) =>
  z.int('must be a whole number').min(1, 'must be at least 1').max(most, `must be at most ${most}`)

const RateLimit = z
  .strictObject(
    { requests: limitPart(1_000_000), seconds: limitPart(86_400) },
    'must be an object of `requests` and `seconds`, and of nothing else',
  )
  .meta({ example: EXAMPLES.rateLimit })

export const ExternalId = z
  .string('must be a string')
  .max(128, 'must have at most 128 characters')
  .regex(/^[!-~]+$/, 'must be of 1 to 128 visible ASCII characters, without blanks')
  .meta({ id: 'ExternalId', example: EXAMPLES.externalId, description: 'The customer for whom the key is.' })

const NewMetadata = z
  .custom<Metadata>((value) => metadataMistake(value) === null, {
    error: ({ input }) => metadataMistake(input) ?? undefined,
  })
  .meta({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: EXAMPLES.metadata,
    description: 'A flat object of texts: at most 50 fields and 4 KiB of JSON. It is replaced as a whole.',
  })

/** The fields of a create and of a PATCH. */
export const settings = {
  description: Line.nullish().meta({ description: 'What the key is for, in at most 200 characters.' }),
  scopes: listOf(Scope, MOST_SCOPES)
    .nullish()
    .meta({ description: 'What the key may do; everything if it is not set.' }),
  allowed_networks: listOf(Network, MOST_NETWORKS)
    .nullish()
    .meta({ description: 'The networks from which the key may be used; all if it is not set.' }),
  external_id: ExternalId.nullish(),
  metadata: NewMetadata.nullish(),
  rate_limit: RateLimit.nullish().meta({
    description: 'How often the key may be used in each window of so many seconds.',
  }),
  self_rotation: z
    .boolean('must be true or false')
    .nullish()
    .meta({ description: 'Whether the key may rotate itself; false unless given.' }),
}

/** The last end that a response can hold. */
const LATEST = Date.parse('9999-12-31T23:59:59Z')

/** The new end of a key. Whether it is in the future is known only when the request is carried out. */
export const Expiration = z.iso
  .datetime({
    offset: true,
    precision: 0,
    error:
      'must be a time with its offset and in whole seconds, such as 2027-05-02T12:00:00Z or 2027-05-02T14:00:00+02:00',
  })
  .refine((text) => Date.parse(text) <= LATEST, 'must be before the year 10000')
  .optional()
  .meta({
    description: 'The new end, in RFC 3339 with an offset and in whole seconds.',
    example: '2027-05-02T12:00:00Z',
  })
