import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parentOf } from '@project-keys/postgres/processes'

/**
 * The CPU time of the PostgreSQL of a folder, in microseconds, summed over its processes, those that have ended (such as
 * workers of autovacuum) included. Only Linux tells it; elsewhere the result is 0.
 */
export function postgresCpu(folder: string): number {
  if (process.platform !== 'linux') return 0
  const postmaster = Number(readFileSync(join(folder, 'postgres/postmaster.pid'), 'utf8').split('\n')[0])
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && parentOf(pid) === postmaster)
  return pids.reduce((sum, pid) => sum + cpuOf(pid), endedCpu(postmaster))
}

/** The first number of schedstat is the nanoseconds on a processor. */
function cpuOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1000
  } catch {
    return 0
  }
}

const TICKS = 100 // a second, on any Linux
/** The 16th and 17th fields of stat are what the children used that have ended, in ticks. */
function endedCpu(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return ((Number(fields[13]) + Number(fields[14])) / TICKS) * 1e6
}
