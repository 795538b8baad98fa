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

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/** When something was, and how often the wall clock had been set back by then. */
export type Moment = { monotonic: number; wall: number; setBacks: number }
export type Watch = ReturnType<typeof createWatch>

/** Reads the clocks, and notices when the wall clock was set back: nobody knows how long ago is what was before. */
export function createWatch(clock: Clock) {
  let latest = Number.NEGATIVE_INFINITY
  let setBacks = 0

  const wall = (): number => {
    const now = clock.wall()
    if (now < latest) setBacks += 1
    latest = now
    return now
  }
  const moment = (): Moment => {
    const now = wall()
    return { monotonic: clock.monotonic(), wall: now, setBacks }
  }
  /** In ms, at most; without end where nobody knows. `now` is what `wall` said last. */
  const age = (since: Moment, now = wall()): number =>
    since.setBacks === setBacks
      ? Math.max(clock.monotonic() - since.monotonic, now - since.wall)
      : Number.POSITIVE_INFINITY
  return { wall, moment, age }
}

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
