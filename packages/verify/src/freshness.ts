import type { Timestamp, Timestamps } from './timestamps.ts'

/**
 * The cache answers only while the latest poll that the database answered left at most this long ago, in milliseconds.
 * It is no option, because it is what the product promises (a lease, as in Gray and Cheriton, 1989).
 */
export const STALENESS_BOUND = 1000

/** Knows how old the cache's knowledge of changes is. */
export function createFreshness(timestamps: Timestamps) {
  let polled: Timestamp | null = null

  /** Age in ms; Infinity if there was no poll or a clock was set back. `now` is the latest result of `wall`. */
  const age = (now = timestamps.wall()): number => (polled ? timestamps.age(polled, now) : Number.POSITIVE_INFINITY)
  /** `sent` is a timestamp of before the poll left, because its answer may have been true only then. */
  const renew = (sent: Timestamp) => {
    polled = sent
  }
  return { age, renew }
}
