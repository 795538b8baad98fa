import type { Clock } from './clock.ts'
import { createFreshness, STALENESS_BOUND } from './freshness.ts'
import { withTimeout } from './timeout.ts'
import type { Timestamps } from './timestamps.ts'

const POLL_INTERVAL = 250 // ms
/** With more changes than these, the whole cache is cleared, because that is simpler. */
export const MAX_CHANGES = 1000

/** A change of a key (by its hash, in hexadecimal) or of a project (by its UUID); of everything if both are null. */
export type Change = {
  number: number
  hash: string | null
  project: string | null
  /** ms from the change to the database's answer. */
  age: number
}

export type FeedAnswer = {
  replica: boolean
  /** The number of the latest change, from the same snapshot as `changes`. */
  number: number
  /** Ordered by number. If there are more than MAX_CHANGES, some are missing. */
  changes: Change[]
}

/** Reads the changes after number `since`; none if it is null. */
export type ReadFeed = (since: number | null, signal: AbortSignal) => Promise<FeedAnswer>

type Options = {
  clock: Clock
  timestamps: Timestamps
  readFeed: ReadFeed
  /** Called before a poll leaves. The function that it returns is called after the answer was applied. */
  beforePoll: () => () => void
  applyChanges: (changes: Change[]) => void
  clearCache: () => void
}

/** Polls the database for changes, applies them to the cache, and knows how fresh the cache is. */
export function createFeed({ clock, timestamps, readFeed, beforePoll, applyChanges, clearCache }: Options) {
  const freshness = createFreshness(timestamps)
  let applied: number | null = null
  let failure: string | null = null
  let slowest = 0
  let stopped = false
  let cancel = () => {}

  const poll = async () => {
    const sent = timestamps.take()
    const afterPoll = beforePoll()
    // An answer that took longer than the bound would make nothing fresh.
    const feed = await withTimeout(clock, STALENESS_BOUND, (signal) => readFeed(applied, signal))
    if (feed.replica) throw new Error('The database is a replica, not the primary.')
    if (applied !== null && hasGap(feed, applied)) clearCache()
    else applyChanges(feed.changes)
    applied = feed.number
    freshness.renew(sent)
    afterPoll()
    const duration = clock.monotonic() - sent.monotonic
    slowest = feed.changes.reduce((most, { age }) => Math.max(most, age + duration), slowest)
  }

  /** Resolves after the first poll, with or without an answer; polls go on until `stop`. */
  const keepPolling = async () => {
    try {
      await poll()
      failure = null
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error)
    }
    if (!stopped) cancel = clock.after(POLL_INTERVAL, keepPolling)
  }

  const stop = () => {
    stopped = true
    cancel()
  }
  /**
   * `failure`: why the latest poll failed; `slowest`: the longest time, in ms, that a change took to be applied here.
   */
  const health = () => ({ age: freshness.age(), failure, slowest })
  return { keepPolling, stop, health, isFresh: freshness.isFresh, applied: () => applied }
}

/**
 * Whether changes after `since` are missing, because they were swept before this poll or are too many. Every number has
 * at least one change, so a number without one reveals a gap. A number that went back reveals a restored backup.
 */
export function hasGap({ number, changes }: FeedAnswer, since: number): boolean {
  if (changes.length > MAX_CHANGES) return true
  let reached = since
  for (const change of changes) {
    if (change.number > reached + 1) return true
    reached = change.number
  }
  return reached !== number
}
