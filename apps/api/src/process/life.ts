import { watchLaunchers } from './launchers.ts'

const LOOK_EVERY = process.platform === 'linux' ? 300 : 2000 // ms: elsewhere each look starts a `ps`

/**
 * Resolves when this process should end: a signal says so, or whoever started it is gone, in whatever way.
 * Later signals change nothing: what is being ended goes on ending.
 */
export function toldToStop() {
  return new Promise<void>((resolve) => {
    const stop = () => resolve()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
    // A parent that gave us a channel holds its other end as long as it lives.
    if (process.connected) return void process.once('disconnect', stop)

    const launchers = watchLaunchers()
    const timer = setInterval(() => {
      if (launchers.stillThere()) return
      clearInterval(timer)
      stop()
    }, LOOK_EVERY)
    timer.unref()
  })
}
