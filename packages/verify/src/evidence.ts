import { ageOf, type Clock, type Moment } from './clock.ts'

/**
 * A yes from memory needs a question to the feed that left at most this long ago, in milliseconds. It is what the
 * product promises, so it is no option.
 */
export const BOUND = 1000

/** When the feed was last asked a question that it answered. */
export function createEvidence(clock: Clock) {
  let left: Moment | null = null
  let latestWall = Number.NEGATIVE_INFINITY

  /** In ms; without end where there is no evidence, or where the wall clock ran backwards since. */
  const age = (wall = clock.wall()): number => {
    if (wall < latestWall) left = null
    latestWall = wall
    return left ? ageOf(left, clock, wall) : Number.POSITIVE_INFINITY
  }
  /** `moment` was read before the question left, for its answer may have been true only then. */
  const renew = (moment: Moment) => {
    left = moment
  }
  const isFresh = (wall: number): boolean => age(wall) <= BOUND
  return { age, renew, isFresh }
}
