import { type Clock, type Watch, within } from './clock.ts'
import { BOUND, createEvidence } from './evidence.ts'

const PAUSE = 250 // ms between two questions
/** More changes than these, and to forget everything is simpler. */
export const CHANGES_AT_ONCE = 1000

/** What was changed under a number: a key, by its hash, or a project; where both are null, everything. */
export type Change = {
  number: number
  hash: string | null
  project: string | null
  /** ms from the change until the database told of it. */
  age: number
}

export type FeedAnswer = {
  replica: boolean
  /** That of the latest change, in the same snapshot as `changes`. */
  number: number
  /** In the order of their numbers, cut off somewhere above CHANGES_AT_ONCE. */
  changes: Change[]
}

/** Asks for the changes after number `since`; for none where that is null. */
export type ReadFeed = (since: number | null, signal: AbortSignal) => Promise<FeedAnswer>

type Options = {
  clock: Clock
  watch: Watch
  readFeed: ReadFeed
  /** Called before a question leaves; what it returns is called when all that the answer told was applied. */
  beforeQuestion: () => () => void
  forget: (changes: Change[]) => void
  forgetAll: () => void
}

/** Asks the feed again and again, applies what it tells, and knows how old the evidence is. */
export function createFeed({ clock, watch, readFeed, beforeQuestion, forget, forgetAll }: Options) {
  const evidence = createEvidence(watch)
  let applied: number | null = null
  let failure: string | null = null
  let slowest = 0
  let stopped = false
  let callOff = () => {}

  const ask = async () => {
    const left = watch.moment()
    const settle = beforeQuestion()
    // An answer that took longer than the bound would be evidence of nothing.
    const feed = await within(clock, BOUND, (signal) => readFeed(applied, signal))
    if (feed.replica) throw new Error('The database is a replica, not the primary.')
    if (applied !== null && hasGap(feed, applied)) forgetAll()
    else forget(feed.changes)
    applied = feed.number
    evidence.renew(left)
    settle()
    const way = clock.monotonic() - left.monotonic
    slowest = feed.changes.reduce((most, { age }) => Math.max(most, age + way), slowest)
  }

  const follow = async () => {
    try {
      await ask()
      failure = null
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error)
    }
    if (!stopped) callOff = clock.after(PAUSE, follow)
  }

  const stop = () => {
    stopped = true
    callOff()
  }
  /** `failure`: why the last question had no answer; `slowest`: the longest way of a change to here that was seen. */
  const health = () => ({ age: evidence.age(), failure, slowest })
  return { follow, stop, health, isFresh: evidence.isFresh, applied: () => applied }
}

/**
 * Whether changes were missed: old ones are swept after a while, and there may be too many. Each number from `since` on
 * has at least one change, so a number without one tells; a number that went back tells of a restored backup.
 */
export function hasGap({ number, changes }: FeedAnswer, since: number): boolean {
  if (changes.length > CHANGES_AT_ONCE) return true
  let reached = since
  for (const change of changes) {
    if (change.number > reached + 1) return true
    reached = change.number
  }
  return reached !== number
}
