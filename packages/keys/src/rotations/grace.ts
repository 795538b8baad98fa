import { z } from 'zod'

/** In seconds. */
const DAY = 24 * 60 * 60
export const DEFAULT_GRACE = DAY

export const Grace = z
  .int('must be a whole number of seconds')
  .min(0, 'must be at least 0')
  .max(30 * DAY, `must be at most ${30 * DAY}, which is 30 days`)
  .nullish()
  .meta({
    description: `How long the old secret goes on after the first use of the new one, in seconds; ${DEFAULT_GRACE} unless given.`,
    example: 3600,
  })
