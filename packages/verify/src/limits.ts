import type { Clock } from './clock.ts'
import type { RateLimit } from './key-settings.ts'
import type { CountedCalls, KeyCalls } from './quota.ts'
import type { CachedKey, Verdict } from './verdict.ts'

/** In ms. Processes tell their counts, and hear those of the others, this often: a call is known everywhere after two. */
const TICK = 500
/** Ticks until the next try after the database refused the function itself. */
const PAUSE = 120
/** Processes tell of a key only when more than this part of its limit is used, because most keys never come near it. */
const TOLD_FROM = 0.1
/** The most keys in one statement. */
const BATCH = 1000
/** The most keys that are counted; beyond, the oldest count is dropped. */
const MOST = 100_000

/** Tells the calls of this process, and returns those of all others. */
export type ShareCalls = (calls: KeyCalls[]) => Promise<KeyCalls[]>

/**
 * Counts in memory the calls of keys with a limit, in fixed windows aligned to 1970 by the wall clock. All secrets of a key
 * have one count. Processes tell each other their own counts, not what was added, so that a message that arrives twice
 * changes nothing. Without the database each process counts alone, and refuses no call for that.
 */
export function createLimits(clock: Clock, share: ShareCalls) {
  const counted = new Map<string, CountedCalls>()
  let failure: string | null = null
  let pause = 0
  let stopped = false
  let cancel = () => {}
  let tick = Promise.resolve()

  /** Counts a call, or refuses it without counting. `now` is in ms. */
  const take = (cached: CachedKey, limit: RateLimit, now: number): Verdict => {
    if (cached.calls === null || cached.calls.forgotten) cached.calls = find(cached.yes.key.uuid, limit)
    const { calls: count } = cached
    const { requests, seconds } = count
    const time = now / 1000
    if (time >= count.ends || time < count.ends - seconds)
      beginWindow(count, (Math.floor(time / seconds) + 1) * seconds)
    const left = requests - count.calls - count.others
    const reset = Math.ceil(count.ends - time)
    if (left <= 0)
      return { valid: false, reason: 'key_rate_limited', quota: { requests, seconds, remaining: 0, reset } }
    count.calls += 1
    return { valid: true, key: cached.yes.key, quota: { requests, seconds, remaining: left - 1, reset } }
  }
  /** By the length of the window, too: another length begins another count, another number of requests does not. */
  const find = (key: string, { requests, seconds }: RateLimit): CountedCalls => {
    const known = counted.get(nameOf({ key, seconds }))
    // A cached key is found anew after each change of its limit, so this is the latest one.
    if (known) return Object.assign(known, { requests })
    if (counted.size >= MOST) dropOldest()
    const count = { key, seconds, requests, ends: 0, calls: 0, others: 0, told: 0, forgotten: false }
    counted.set(nameOf(count), count)
    return count
  }
  const dropOldest = () => {
    const [oldest] = counted.values()
    if (oldest) forget(oldest)
  }
  const forget = (count: CountedCalls) => {
    count.forgotten = true
    counted.delete(nameOf(count))
  }

  const shareAll = async () => {
    const now = clock.wall() / 1000
    for (const count of counted.values()) if (count.ends <= now) forget(count)
    if (counted.size === 0) return
    const untold = [...counted.values()].filter(isUntold)
    // An empty message is sent, too, because the others may know of a key that is used little here.
    for (let from = 0; from === 0 || from < untold.length; from += BATCH)
      await shareBatch(untold.slice(from, from + BATCH))
  }
  const shareBatch = async (batch: CountedCalls[]) => {
    const told = batch.map(({ key, seconds, ends, calls }): KeyCalls => ({ key, seconds, ends, calls }))
    const others = await share(told)
    batch.forEach((count, n) => {
      if (count.ends === told[n]?.ends) count.told = told[n].calls
    })
    for (const { ends, calls, ...of } of others) {
      const count = counted.get(nameOf(of))
      // A message may be overtaken by a later one, and counts only grow.
      if (count?.ends === ends) count.others = Math.max(count.others, calls)
    }
  }
  const shareNow = async () => {
    if (pause > 0) {
      pause -= 1
      return
    }
    try {
      await shareAll()
      failure = null
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error)
      pause = isRefused(error) ? PAUSE : 0
    }
  }

  const keepSharing = () => {
    if (stopped) return
    cancel = clock.after(TICK - (clock.monotonic() % TICK), () => {
      tick = shareNow().finally(keepSharing)
    })
  }
  /** Resolves after the others were told a last time. */
  const stop = async () => {
    stopped = true
    cancel()
    await tick
    await shareNow()
  }
  /** `failure`: why the latest message failed, so that this process counts alone. */
  return { take, keepSharing, stop, failure: () => failure, size: () => counted.size }
}

const nameOf = ({ key, seconds }: Pick<KeyCalls, 'key' | 'seconds'>) => `${key} ${seconds}`

const beginWindow = (count: CountedCalls, ends: number) => Object.assign(count, { ends, calls: 0, others: 0, told: 0 })

const isUntold = ({ calls, others, told, requests }: CountedCalls) =>
  calls !== told && calls + others > requests * TOLD_FROM

/** Whether the function is missing or the role may not call it: SQLSTATE 42883 and 42501. */
const isRefused = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === '42883' || error.code === '42501')
