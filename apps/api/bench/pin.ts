import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'

/**
 * Binds this process, and the processes that it starts from now on, to one processor, so that a server and its database
 * share one and the load has another. Returns whether it could: it needs Linux, `taskset` and two processors.
 */
export function pinTo(processor: 0 | 1): boolean {
  if (process.platform !== 'linux' || cpus().length < 2) return false
  return spawnSync('taskset', ['-a', '-c', '-p', String(processor), String(process.pid)]).status === 0
}
