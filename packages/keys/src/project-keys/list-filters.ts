import { projectKeyFilters } from '../key/shapes.ts'
import { ExternalId } from '../key-settings/inputs.ts'
import { Attention } from './attention.ts'

const { page, per_page, direction, sort, ...filters } = projectKeyFilters

/** The filters of the console's list of a project. */
export const listFilters = {
  ...filters,
  external_id: ExternalId.optional(),
  attention: Attention.nullish(),
}

/** The same, and which page of it in which order. */
export const listInput = { ...listFilters, page, per_page, direction, sort }
