import type { z } from 'zod'
import { Prisma } from '../generated/client.ts'
import type { settings } from './inputs.ts'

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
    ...(metadata !== undefined && { metadata: isEmpty(metadata) ? Prisma.DbNull : metadata }),
    ...(rate_limit !== undefined && { rate_limit: rate_limit ?? Prisma.DbNull }),
    ...(self_rotation !== undefined && { self_rotation: self_rotation ?? false }),
  }
}

const isEmpty = (metadata: object | null): metadata is null => metadata === null || Object.keys(metadata).length === 0
