import type { Visibility } from './api-types.ts'

export const visibilities = ['private', 'public'] as const satisfies Visibility[]

export const isVisibility = (text: unknown): text is Visibility =>
  visibilities.some((visibility) => visibility === text)
