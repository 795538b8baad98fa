import type { Clock } from './clock.ts'

/** A point in time on both clocks, and how often the wall clock had been set back by then. */
export type Timestamp = { monotonic: number; wall: number; setBacks: number }
export type Timestamps = ReturnType<typeof createTimestamps>

/** Measures ages that are never too small: a sleep of the machine counts, and so does a wall clock that is set. */
export function createTimestamps(clock: Clock) {
  let latest = Number.NEGATIVE_INFINITY
  let setBacks = 0

  /** The wall clock in ms. It must be read here, because only here a clock that was set back is noticed. */
  const wall = (): number => {
    const now = clock.wall()
    if (now < latest) setBacks += 1
    latest = now
    return now
  }
  const take = (): Timestamp => {
    const now = wall()
    return { monotonic: clock.monotonic(), wall: now, setBacks }
  }
  /**
   * Age in ms; Infinity if the wall clock was set back since, because the age cannot be told then. `now` is the latest
   * result of `wall`.
   */
  const age = (since: Timestamp, now = wall()): number =>
    since.setBacks === setBacks
      ? Math.max(clock.monotonic() - since.monotonic, now - since.wall)
      : Number.POSITIVE_INFINITY
  return { wall, take, age }
}
