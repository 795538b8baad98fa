import type { Clock } from './clock.ts'
import { noPrimary } from './outage.ts'

/** How long to wait for the database, in ms. */
export const DATABASE_TIMEOUT = 2000

type Work<T> = (signal: AbortSignal) => Promise<T>

/** The result of `work`, or an error after `ms`; `signal` then tells the work to give up. */
export const withTimeout = <T>(clock: Clock, ms: number, work: Work<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const controller = new AbortController()
    const cancel = clock.after(ms, () => {
      reject(noPrimary(`The database gave no answer within ${ms / 1000} s.`))
      controller.abort()
    })
    work(controller.signal).then(resolve, reject).finally(cancel)
  })
