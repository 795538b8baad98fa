import type { Clock } from './clock.ts'
import { isSameEpoch, type Origin, requirePrimary } from './epoch.ts'
import { createFreshness, STALENESS_BOUND } from './freshness.ts'
import type { Outage } from './outage.ts'
import { contains, type Snapshot } from './snapshot.ts'
import type { Timelines } from './timelines.ts'
import { withTimeout } from './timeout.ts'
import type { Timestamps } from './timestamps.ts'

const POLL_INTERVAL = 250 // ms
/** With more changes than these, the whole cache is cleared, because that is simpler. */
export const MAX_CHANGES = 1000

/** A change of a key (by its hash, in hexadecimal) or of a project (by its UUID); of everything if both are null. */
export type Change = {
  hash: string | null
  project: string | null
  /** ms from the change to the database's answer; its commit may have come much later. */
  age: number
}

export type FeedAnswer = {
  /** Null if the answer comes from a replica. */
  origin: Origin | null
  /** A snapshot that has seen all changes that were swept; null if none were. */
  horizon: Snapshot | null
  /** In no order. If there are more than MAX_CHANGES, some are missing. */
  changes: Change[]
}

/** Reads the changes that the snapshot did not see; none if it is null. */
export type ReadFeed = (since: Snapshot | null, signal: AbortSignal) => Promise<FeedAnswer>

type Options = {
  clock: Clock
  timestamps: Timestamps
  timelines: Timelines
  outage: Outage
  readFeed: ReadFeed
  /** Called before a poll leaves. The function that it returns is called after the answer was applied. */
  beforePoll: () => () => void
  applyChanges: (changes: Change[]) => void
  clearCache: () => void
}

/** Polls the database for changes, applies them to the cache, and knows how fresh the cache is. */
export function createFeed(options: Options) {
  const { clock, timestamps, timelines, outage, readFeed, beforePoll, applyChanges, clearCache } = options
  const freshness = createFreshness(timestamps)
  let latest: Origin | null = null
  let failure: string | null = null
  let slowest = 0
  let stopped = false
  let cancel = () => {}

  const poll = async () => {
    const sent = timestamps.take()
    const afterPoll = beforePoll()
    const since = latest
    // An answer that took longer than the bound would make nothing fresh.
    const answer = await withTimeout(clock, STALENESS_BOUND, (signal) => readFeed(since?.snapshot ?? null, signal))
    const origin = requirePrimary(answer.origin, timelines)
    if (since !== null && hasGap(since, { ...answer, origin })) clearCache()
    else applyChanges(answer.changes)
    latest = origin
    noteDelay(answer.changes, clock.monotonic() - sent.monotonic)
    freshness.renew(sent)
    afterPoll()
    outage.answered()
  }
  /**
   * The previous poll did not see these changes, so they were committed after it had left, and none can be older here
   * than that. Where that is more than the bound, the database was away and the cache did not answer.
   */
  const noteDelay = (changes: Change[], duration: number) => {
    const sincePrevious = freshness.age()
    if (sincePrevious > STALENESS_BOUND) return
    slowest = changes.reduce((most, { age }) => Math.max(most, Math.min(age + duration, sincePrevious)), slowest)
  }

  /** Resolves after the first poll, with or without an answer; polls go on until `stop`. */
  const keepPolling = async () => {
    const failed = outage.beforeRead('poll')
    try {
      await poll()
      failure = null
    } catch (error) {
      failed(error)
      failure = error instanceof Error ? error.message : String(error)
    }
    if (!stopped) cancel = clock.after(POLL_INTERVAL, keepPolling)
  }

  const stop = () => {
    stopped = true
    cancel()
  }
  /** Whether an answer of another query knows all changes that were applied here, and later ones will be reported. */
  const isCurrent = (origin: Origin): boolean =>
    latest !== null && isSameEpoch(origin, latest) && contains(origin.snapshot, latest.snapshot)

  /** In ms. The primary that was polled is none any more as soon as any connection saw a promotion. */
  const evidenceAge = (now?: number): number =>
    latest !== null && timelines.isLatest(latest) ? freshness.age(now) : Number.POSITIVE_INFINITY
  const isFresh = (now: number): boolean => evidenceAge(now) <= STALENESS_BOUND
  /**
   * `failure`: why the latest poll failed; `slowest`: the longest time, in ms, that a change took to be applied here while
   * the cache answered.
   */
  const health = () => ({ age: evidenceAge(), failure, slowest })
  return { keepPolling, stop, health, evidenceAge, isFresh, isCurrent }
}

/**
 * Whether changes since the previous answer may be missing: the ids of another epoch mean other transactions, changes
 * may have been swept before this poll, or there are too many.
 */
function hasGap(previous: Origin, { origin, horizon, changes }: FeedAnswer & { origin: Origin }): boolean {
  if (!isSameEpoch(origin, previous)) return true
  if (horizon && !contains(previous.snapshot, horizon)) return true
  return changes.length > MAX_CHANGES
}
