import type { Moment, Watch } from './clock.ts'

/**
 * A yes from memory needs a question to the feed that left at most this long ago, in milliseconds. It is what the
 * product promises, so it is no option.
 */
export const BOUND = 1000

/** When the latest question left that the feed has answered. */
export function createEvidence(watch: Watch) {
  let left: Moment | null = null

  /** In ms; without end where there is no evidence. `now` is what the watch's `wall` said last. */
  const age = (now = watch.wall()): number => (left ? watch.age(left, now) : Number.POSITIVE_INFINITY)
  /** The moment was read before the question left, for its answer may have been true only then. */
  const renew = (moment: Moment) => {
    left = moment
  }
  const isFresh = (now: number): boolean => age(now) <= BOUND
  return { age, renew, isFresh }
}
