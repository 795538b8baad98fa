import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parentOf } from '@project-keys/postgres/processes'

/**
 * The CPU time of the PostgreSQL of a folder, in microseconds, summed over its living processes. No process may end between
 * two calls, and none does while the connections stay open. Only Linux tells it; elsewhere the result is 0.
 */
export function postgresCpu(folder: string): number {
  if (process.platform !== 'linux') return 0
  const postmaster = Number(readFileSync(join(folder, 'postgres/postmaster.pid'), 'utf8').split('\n')[0])
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && parentOf(pid) === postmaster)
  return pids.reduce((sum, pid) => sum + cpuOf(pid), 0)
}

/** The first number of schedstat is the nanoseconds on a processor. */
function cpuOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1000
  } catch {
    return 0
  }
}
