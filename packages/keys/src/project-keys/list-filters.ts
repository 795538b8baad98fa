import { z } from 'zod'
import { projectKeyFilters } from '../key/shapes.ts'
import { ExternalId } from '../key-settings/inputs.ts'

const { page, per_page, direction, sort, ...filters } = projectKeyFilters

/** What the console's list of a project can be narrowed by. */
export const listFilters = {
  ...filters,
  external_id: ExternalId.optional(),
  outside_policy: z.boolean('must be true or false').default(false),
}

/** The same, and which page of it in which order. */
export const listInput = { ...listFilters, page, per_page, direction, sort }
