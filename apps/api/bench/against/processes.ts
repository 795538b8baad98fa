import { readdirSync, readFileSync } from 'node:fs'
import { parentOf } from '@project-keys/postgres/processes'

/** A server and the PostgreSQL that it started, in µs of CPU or in bytes of memory. */
export type Parts = { node: number; postgres: number }
/** The CPU time of each process, in µs. */
export type CpuTimes = Map<number, number>

/** All processes that a server started, and it. */
function processesOf(server: number): number[] {
  const parents = new Map(
    readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [[Number(name), parentOf(Number(name))]] : [])),
  )
  const isOurs = (pid: number | null | undefined): boolean => pid === server || (!!pid && isOurs(parents.get(pid)))
  return [...parents.keys()].filter(isOurs)
}

export const cpuTimes = (server: number): CpuTimes => new Map(processesOf(server).map((pid) => [pid, cpuOf(pid)]))

/** The CPU time between two readings, of the processes that lived at the second one. */
export function between(before: CpuTimes, after: CpuTimes, server: number): Parts {
  const parts = { node: 0, postgres: 0 }
  for (const [pid, time] of after) parts[pid === server ? 'node' : 'postgres'] += time - (before.get(pid) ?? 0)
  return parts
}

/** Memory, with what processes share divided among them (PSS). */
export function memory(server: number): Parts {
  const parts = { node: 0, postgres: 0 }
  for (const pid of processesOf(server)) parts[pid === server ? 'node' : 'postgres'] += pssOf(pid)
  return parts
}

export const larger = (one: Parts, other: Parts): Parts =>
  one.node + one.postgres > other.node + other.postgres ? one : other

/** The first number of schedstat is the nanoseconds of a thread on a processor. */
function cpuOf(pid: number): number {
  return threadsOf(pid).reduce((sum, thread) => sum + Number(read(`${thread}/schedstat`).split(' ')[0]) / 1000, 0)
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`)
  } catch {
    return []
  }
}

const pssOf = (pid: number) => Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024

/** Empty if the process has just ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
