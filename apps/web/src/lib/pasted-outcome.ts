import type { Project, ProjectKeyDetails } from './api-types.ts'

/** `token`: an API token of a user. `unknown`: no project that the user manages has the key. */
export const MISSES = ['unknown', 'token'] as const
export type Miss = (typeof MISSES)[number]

/** The facts that one line says of a key that was found. */
export type Found = Pick<ProjectKeyDetails, 'uuid' | 'name' | 'expiration' | 'revoked' | 'last_used' | 'address'> & {
  project: Pick<Project, 'slug' | 'name'>
  /** The calls of today, in UTC. */
  today: number
  now: number
}

/** The outcome of a key that was pasted; never the key itself. */
export type PastedOutcome = { found: Found } | { miss: Miss } | { refused: string }
