/**
 * Two clocks, both in milliseconds, and a timer. Neither clock is enough, because `monotonic` stands still while a
 * machine sleeps and `wall` can be set.
 */
export type Clock = {
  monotonic: () => number
  /** Since 1970-01-01T00:00:00Z. */
  wall: () => number
  /** Calls back once, after `ms`, unless the function that it returns is called before. */
  after: (ms: number, callback: () => void) => () => void
}

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
