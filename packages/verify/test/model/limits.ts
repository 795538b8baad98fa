import fc from 'fast-check'
import { createLimits } from '../../src/limits.ts'
import type { KeyCalls } from '../../src/quota.ts'
import type { CachedKey } from '../../src/verdict.ts'
import { createTime, type Time } from './time.ts'
import { found } from './usage.ts'

export type LimitStep =
  | { kind: 'calls'; process: number; count: number }
  | { kind: 'wait'; ms: number }
  | { kind: 'database'; away: boolean }
  | { kind: 'limit'; requests: number }

const PROCESSES = 4
/** In seconds. */
export const WINDOW = 7
const used: fc.Arbitrary<LimitStep> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant<'calls'>('calls'),
      process: fc.nat(PROCESSES - 1),
      count: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant<'wait'>('wait'), ms: fc.nat(900) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant<'wait'>('wait'), ms: fc.nat(20_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant<'limit'>('limit'), requests: fc.integer({ min: 1, max: 40 }) }),
  },
)

export const calmStory = fc.array(used, { minLength: 1, maxLength: 60 })
const outage = fc.record({ kind: fc.constant<'database'>('database'), away: fc.boolean() })
export const anyStory = fc.array(fc.oneof({ weight: 10, arbitrary: used }, { weight: 1, arbitrary: outage }), {
  minLength: 1,
  maxLength: 60,
})

/** What the function of the database does: it keeps the count of each process, and adds up those of the others. */
export function createLimitDatabase(time: Time, latency: number) {
  const rows = new Map<string, KeyCalls & { process: string }>()
  const state = { away: false, messages: 0, told: 0 }
  const shareAs = (process: string) => async (calls: KeyCalls[]) => {
    const { away } = state
    await new Promise<void>((over) => time.after(away ? 2000 : latency, over))
    if (away) throw new Error('The database gave no answer within 2 s.')
    state.messages += 1
    state.told += calls.length
    for (const one of calls) rows.set(`${one.key} ${one.seconds} ${process}`, { ...one, process })
    const answer = new Map<string, KeyCalls>()
    for (const { process: teller, key, seconds, ends, calls } of rows.values()) {
      if (teller === process || ends <= time.now() / 1000 - 60) continue
      const name = `${key} ${seconds} ${ends}`
      answer.set(name, { key, seconds, ends, calls: (answer.get(name)?.calls ?? 0) + calls })
    }
    return [...answer.values()]
  }
  return { state, shareAs }
}

/** Processes that count the calls of keys. The messages of each leave at a moment of its own. */
export function startProcesses({ count = PROCESSES, latency = 5 } = {}) {
  const time = createTime()
  const database = createLimitDatabase(time, latency)
  const processes = Array.from({ length: count }, (_, n) => {
    const clock = { monotonic: () => time.now() + n * 137, wall: time.now, after: time.after }
    const limits = createLimits(clock, database.shareAs(`process ${n}`))
    limits.keepSharing()
    const cached = new Map<string, { found: CachedKey; requests: number }>()
    /** A call by one of the secrets of a key. */
    const call = (key: string, limit: { requests: number; seconds: number }, secret = 'current') => {
      const known = cached.get(key + secret)
      // A key whose limit was changed is read from the database again.
      const current = known?.requests === limit.requests ? known : { found: found(key), requests: limit.requests }
      cached.set(key + secret, current)
      return limits.take(current.found, limit, time.now())
    }
    return { ...limits, call }
  })
  return { time, database, processes }
}

export type Call = { at: number; process: number; requests: number; let: boolean; reset: number }

/** Lives a story, and returns its calls in their order. */
export async function liveLimits(story: LimitStep[]) {
  const { time, database, processes } = startProcesses()
  const calls: Call[] = []
  let requests = 20
  for (const step of story) {
    if (step.kind === 'wait') await time.runUntil(time.now() + step.ms)
    else if (step.kind === 'limit') requests = step.requests
    else if (step.kind === 'database') database.state.away = step.away
    else {
      for (let n = 0; n < step.count; n++) {
        const verdict = processes[step.process]?.call('key', { requests, seconds: WINDOW })
        const quota = verdict && 'quota' in verdict ? verdict.quota : undefined
        if (!verdict || !quota) throw new Error('A call must have a quota.')
        calls.push({ at: time.now(), process: step.process, requests, let: verdict.valid, reset: quota.reset })
      }
    }
  }
  return calls
}
