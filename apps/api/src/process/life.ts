import { watchLaunchers } from './launchers.ts'

const CHECK_EVERY_MS = process.platform === 'linux' ? 300 : 2000 // elsewhere each check starts a `ps`

/**
 * Resolves when this process should stop: on a signal, or when a process that launched it has ended. Later signals have
 * no effect, so that they cannot interrupt the shutdown.
 */
export function toldToStop() {
  return new Promise<void>((resolve) => {
    const stop = () => resolve()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
    // With an IPC channel, its end tells us that the parent has ended.
    if (process.connected) return void process.once('disconnect', stop)

    const launchers = watchLaunchers()
    const timer = setInterval(() => {
      if (launchers.allRun()) return
      clearInterval(timer)
      stop()
    }, CHECK_EVERY_MS)
    timer.unref()
  })
}
