/**
 * Two clocks in milliseconds, and a timer. One alone would miss something: `monotonic` stands still while a machine
 * sleeps, `wall` can be set.
 */
export type Clock = {
  monotonic: () => number
  wall: () => number
  /** Calls back once; what it returns calls it off. */
  after: (ms: number, callback: () => void) => () => void
}

export type Moment = { monotonic: number; wall: number }

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

export const momentOf = (clock: Clock): Moment => ({ monotonic: clock.monotonic(), wall: clock.wall() })

/** How long ago a moment was at most, in ms: without end where the wall clock was set back since. */
export function ageOf(since: Moment, clock: Clock, wall = clock.wall()): number {
  if (wall < since.wall) return Number.POSITIVE_INFINITY
  return Math.max(clock.monotonic() - since.monotonic, wall - since.wall)
}

export const pause = (clock: Clock, ms: number) => new Promise<void>((over) => clock.after(ms, over))

type Work<T> = (signal: AbortSignal) => Promise<T>

/** What `work` brings, or an error after `ms`; then `signal` tells the work that nobody waits for it any more. */
export const within = <T>(clock: Clock, ms: number, work: Work<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const patience = new AbortController()
    const cancel = clock.after(ms, () => {
      reject(new Error(`The database gave no answer within ${ms / 1000} s.`))
      patience.abort()
    })
    work(patience.signal).then(resolve, reject).finally(cancel)
  })
