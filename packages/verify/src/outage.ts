import { STALENESS_BOUND } from './freshness.ts'

/** In seconds. */
export const LONGEST_STALE_IF_DOWN = 3600

export type Outage = ReturnType<typeof createOutage>

/** An error that says that no primary answers. */
export const noPrimary = (message: string): Error => Object.assign(new Error(message), { code: 'NO_PRIMARY' })

/**
 * Knows whether the database is away: the latest poll and the latest lookup both found no primary that answers. Keys that
 * were good when it was last heard from then stay good for `staleIfDown` seconds. That ends with any answer, and with any
 * other error of a primary (a wrong password, a missing right), because then it is there.
 */
export function createOutage(staleIfDown: number) {
  const bound = STALENESS_BOUND + staleIfDown * 1000
  const away = { poll: false, lookup: false }
  let answers = 0
  let isRefused = false

  const answered = () => {
    answers += 1
    Object.assign(away, { poll: false, lookup: false })
    isRefused = false
  }
  /** Call it before a read leaves, and what it returns if the read failed. If an answer came meanwhile, that is newer. */
  const beforeRead = (read: keyof typeof away) => {
    const before = answers
    return (error: unknown) => {
      if (before !== answers) return
      away[read] = true
      if (!meansAway(error)) isRefused = true
    }
  }
  /** `age` is that of the evidence, in ms. */
  const allows = (age: number): boolean => staleIfDown > 0 && away.poll && away.lookup && !isRefused && age <= bound
  return { bound, answered, beforeRead, allows }
}

/**
 * No connection, a broken or timed-out one, a standby (25006), or SQLSTATE 08 (but not 08P01, a violation of the
 * protocol), 53 or 57P01 to 57P03. pg's own errors have no code. Node's other ERR_… are of certificates and of bugs.
 */
export function meansAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && typeof error.code === 'string')
    return /^(08(?!P01)...|25006|53...|57P0[1-3]|E(?!RR_)[A-Z_]{3,}|ERR_(STREAM|SOCKET)_\w+|NO_PRIMARY)$/.test(
      error.code,
    )
  return /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client (has|was))/.test(
    error.message,
  )
}
