import type { Clock } from './clock.ts'
import { type Origin, requirePrimary } from './epoch.ts'
import { STALENESS_BOUND } from './freshness.ts'
import type { Outage } from './outage.ts'
import type { Timelines } from './timelines.ts'
import { DATABASE_TIMEOUT, withTimeout } from './timeout.ts'
import type { Timestamp, Timestamps } from './timestamps.ts'
import type { Facts } from './verdict.ts'

/** A key's facts (null if no key has the hash), and where they come from (null for a replica). */
export type KeyAnswer = { origin: Origin | null; facts: Facts | null }
/** `hash` is the SHA-256 of the key, in hexadecimal. */
export type ReadKey = (hash: string, signal: AbortSignal) => Promise<KeyAnswer>

type Options<T> = {
  clock: Clock
  timestamps: Timestamps
  timelines: Timelines
  outage: Outage
  readKey: ReadKey
  /** Called before a query leaves. The function that it returns is given the answer. */
  beforeLookup: (hash: string) => (facts: Facts | null, origin: Origin) => T
}

/** Looks keys up in the database. Concurrent calls for the same key share one query. */
export function createLookups<T>({ clock, timestamps, timelines, outage, readKey, beforeLookup }: Options<T>) {
  let queries = 0
  const pending = new Map<string, { sent: Timestamp; result: Promise<T> }>()

  /** Shares no query that left longer ago than the bound, because its answer may be too old for the new caller. */
  const lookUp = (hash: string): Promise<T> => {
    const shared = pending.get(hash)
    if (shared && timestamps.age(shared.sent) <= STALENESS_BOUND) return shared.result
    const lookup = { sent: timestamps.take(), result: query(hash) }
    const remove = () => {
      if (pending.get(hash) === lookup) pending.delete(hash)
    }
    pending.set(hash, lookup)
    lookup.result.then(remove, remove)
    return lookup.result
  }

  const query = async (hash: string): Promise<T> => {
    queries += 1
    const afterLookup = beforeLookup(hash)
    const failed = outage.beforeRead('lookup')
    try {
      const { facts, origin } = await withTimeout(clock, DATABASE_TIMEOUT, (signal) => readKey(hash, signal))
      const primary = requirePrimary(origin, timelines)
      outage.answered()
      return afterLookup(facts, primary)
    } catch (cause) {
      failed(cause)
      throw new Error('The key cannot be checked now, because the database gave no answer. Try again.', { cause })
    }
  }
  /** Later callers query the database again. */
  const stopSharing = () => pending.clear()
  return { lookUp, stopSharing, count: () => queries }
}
