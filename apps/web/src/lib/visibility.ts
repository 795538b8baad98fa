import type { Visibility } from './api-types.ts'

export const visibilities = ['private', 'public'] as const satisfies Visibility[]

export const visibilityOf = (text: unknown): Visibility | undefined =>
  visibilities.find((visibility) => visibility === text)
