import { z } from 'zod'
import { EXAMPLES } from '../fields/examples.ts'

// The settings of a project key as they are stored and answered. Every value that is stored passes.

export const Metadata = z.record(z.string(), z.string()).meta({ example: EXAMPLES.metadata })
export type Metadata = z.output<typeof Metadata>

export const RateLimit = z
  .object({ requests: z.int(), seconds: z.int() })
  .meta({ id: 'RateLimit', example: EXAMPLES.rateLimit })

const shapes = {
  description: z.string().meta({ example: EXAMPLES.description }),
  scopes: z.array(z.string()).meta({ example: [EXAMPLES.scope] }),
  allowed_networks: z.array(z.string()).meta({ example: [EXAMPLES.network] }),
  external_id: z.string().meta({ example: EXAMPLES.externalId }),
  metadata: Metadata,
  rate_limit: RateLimit,
}

export type Settings = z.output<z.ZodObject<typeof shapes>> & { self_rotation: boolean }

/** A row of them: unset is null or, for a list that Prisma took away, empty. */
export type SettingColumns = { [Name in keyof typeof shapes]: Settings[Name] | null } & { self_rotation: boolean }

const { description, scopes, allowed_networks, external_id, metadata, rate_limit } = shapes

/** The columns of a project key, and its fields in the console: null where nothing is set. */
export const settingColumns = {
  description: description.nullable(),
  scopes: scopes.nullable(),
  allowed_networks: allowed_networks.nullable(),
  external_id: external_id.nullable(),
  metadata: metadata.nullable(),
  rate_limit: rate_limit.nullable(),
  self_rotation: z.boolean(),
}

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

const isSet = (list: string[] | null): list is string[] => list !== null && list.length > 0

/** All settings of a key, null where nothing is set. */
export function settingsOrNull(row: SettingColumns): SettingColumns {
  const { description, scopes, allowed_networks, external_id, metadata, rate_limit, self_rotation } = row
  return {
    ...{ description, external_id, metadata, rate_limit, self_rotation },
    scopes: isSet(scopes) ? scopes : null,
    allowed_networks: isSet(allowed_networks) ? allowed_networks : null,
  }
}

/** What is set of a key, and nothing else. */
export function settingsIn(row: SettingColumns) {
  const { description, scopes, allowed_networks, external_id, metadata, rate_limit, self_rotation } = row
  return {
    ...(description !== null && { description }),
    ...(isSet(scopes) && { scopes }),
    ...(isSet(allowed_networks) && { allowed_networks }),
    ...(external_id !== null && { external_id }),
    ...(metadata && { metadata }),
    ...(rate_limit && { rate_limit }),
    ...(self_rotation && { self_rotation }),
  }
}

type FromPrisma = Omit<SettingColumns, 'metadata' | 'rate_limit'> & { metadata: unknown; rate_limit: unknown }

/** The settings in a row of Prisma, which does not know the shape of JSON. */
export const settingsInJson = ({ metadata, rate_limit, ...row }: FromPrisma): SettingColumns => ({
  ...row,
  metadata: Metadata.nullable().parse(metadata),
  rate_limit: RateLimit.nullable().parse(rate_limit),
})
