import { z } from 'zod'
import { EXAMPLES } from '../fields/examples.ts'
import { Time } from '../fields/fields.ts'

// The settings of a project key as they are stored and answered. Every value that is stored passes.

export const Metadata = z.record(z.string(), z.string()).meta({ example: EXAMPLES.metadata })
export type Metadata = z.output<typeof Metadata>

export const RateLimit = z
  .object({ requests: z.int(), seconds: z.int() })
  .meta({ id: 'KeyLimit', example: EXAMPLES.rateLimit })

const shapes = {
  description: z.string().meta({ example: EXAMPLES.description }),
  scopes: z.array(z.string()).meta({ example: [EXAMPLES.scope] }),
  allowed_networks: z.array(z.string()).meta({ example: [EXAMPLES.network] }),
  external_id: z.string().meta({ example: EXAMPLES.externalId }),
  metadata: Metadata,
  rate_limit: RateLimit,
}

type Shapes = z.output<z.ZodObject<typeof shapes>>
/** The settings of a key, as they leave over REST. */
export type Settings = Partial<Shapes & { self_rotation: true }>
/** The same as a read returns it: with the moment at which the end was set, if that was not the creation. */
export type SettingsRow = Settings & { expiration_set?: string }

const { description, scopes, allowed_networks, external_id, metadata, rate_limit } = shapes

/** The fields of a response over REST, which are there only where they are set. */
export const settingFields = {
  description: description.optional(),
  scopes: scopes.optional(),
  allowed_networks: allowed_networks.optional(),
  external_id: external_id.optional(),
  metadata: metadata.optional(),
  rate_limit: rate_limit.optional(),
  self_rotation: z.boolean().optional().meta({ example: true, description: 'The key may rotate itself.' }),
}

/** The same fields in the console: null where nothing is set. */
export const consoleSettings = {
  description: description.nullable(),
  scopes: scopes.nullable(),
  allowed_networks: allowed_networks.nullable(),
  external_id: external_id.nullable(),
  metadata: metadata.nullable(),
  rate_limit: rate_limit.nullable(),
  self_rotation: z.boolean(),
  expiration_set: Time.nullable(),
}

const UNSET = {
  ...{ description: null, scopes: null, allowed_networks: null, external_id: null, metadata: null, rate_limit: null },
  ...{ self_rotation: false, expiration_set: null },
}

export const settingsOrNull = (settings: SettingsRow | null) => ({ ...UNSET, ...settings })

/** The settings that are set, for REST. */
export function settingsOnWire({ expiration_set: _, ...settings }: SettingsRow): Settings {
  return settings
}

/** A row of Prisma, which does not know the shape of JSON. A list that was taken away is empty. */
type Stored = {
  description: string | null
  scopes: string[]
  allowed_networks: string[]
  external_id: string | null
  metadata: unknown
  rate_limit: unknown
  self_rotation: boolean
}

export function settingsStored(row: Stored): Settings {
  const { description, scopes, allowed_networks, external_id, metadata, rate_limit, self_rotation } = row
  return {
    ...(description !== null && { description }),
    ...(scopes.length > 0 && { scopes }),
    ...(allowed_networks.length > 0 && { allowed_networks }),
    ...(external_id !== null && { external_id }),
    ...(metadata !== null && { metadata: Metadata.parse(metadata) }),
    ...(rate_limit !== null && { rate_limit: RateLimit.parse(rate_limit) }),
    ...(self_rotation && { self_rotation }),
  }
}
