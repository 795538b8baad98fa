import type { z } from 'zod'
import { jsonOrNull } from '../database/json.ts'
import type { settings } from './inputs.ts'
import type { Metadata } from './stored.ts'

type Wanted = z.output<z.ZodObject<typeof settings>>

/**
 * The columns to write for the settings in a request, and all other fields as they are: what is absent is not written, and
 * null takes away. Prisma cannot set a list to null, so an empty one means the same.
 */
export function columnsFor<Given extends Wanted>(given: Given) {
  const { description, scopes, allowed_networks, external_id, metadata, rate_limit, self_rotation, ...others } = given
  return {
    ...others,
    ...(description !== undefined && { description }),
    ...(scopes !== undefined && { scopes: scopes ?? [] }),
    ...(allowed_networks !== undefined && { allowed_networks: allowed_networks ?? [] }),
    ...(external_id !== undefined && { external_id }),
    ...(metadata !== undefined && { metadata: jsonOrNull(unlessEmpty(metadata)) }),
    ...(rate_limit !== undefined && { rate_limit: jsonOrNull(rate_limit) }),
    ...(self_rotation !== undefined && { self_rotation: self_rotation ?? false }),
  }
}

const unlessEmpty = (metadata: Metadata | null) => (metadata && Object.keys(metadata).length > 0 ? metadata : null)
