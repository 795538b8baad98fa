/*
 * The promise: a call that begins more than one second (STALENESS_BOUND) after a revocation was acknowledged is never
 * answered yes. The same holds for every other change that makes a verdict differ: another secret, expiration, project
 * or slug, other scopes, networks or another limit, and a deleted project. In the process that makes the change it holds at
 * once.
 *
 * How it is kept, in the words of this package:
 *
 * - Feed (feed.ts): the list of such changes, which triggers write in the transaction of each change, with its id. A poll
 *   asks, four times a second, for exactly those that the snapshot (snapshot.ts) of the previous one did not see. So no
 *   writer waits for another, and a transaction that stays open delays no other change.
 * - Epoch (epoch.ts): what makes ids comparable. After a restart, a failover or a restore, ids that were given out before
 *   may be given out again, so the answer of another epoch clears the cache.
 * - Timelines (timelines.ts): only the latest primary is a source. An old one that lives on is rejected as soon as any
 *   connection of the process saw the new one.
 * - Cache (cache.ts): the keys that were looked up and that the feed has not reported since.
 * - Freshness (freshness.ts): the time since the latest poll that was answered left. The cache answers only while it is
 *   at most STALENESS_BOUND. It counts from before the poll left, because an answer that was delayed on its way was
 *   true only then.
 * - Timestamp (timestamps.ts): a time on two clocks, because the monotonic one stands still while a machine sleeps and
 *   the wall clock can be set. The age is the larger of the two; if the wall clock was set back, nothing is fresh.
 * - Lookup (lookups.ts): a query for one key, sent if the cache may not answer. The database's snapshot is taken after
 *   the call began, so the answer is right for that call. If the database gives none, the call fails: an error, never a
 *   yes. A lookup also serves callers that come within STALENESS_BOUND after it left, no later ones.
 * - What a lookup found is cached only if it is of the feed's epoch and its snapshot contains that of the latest poll, so
 *   that later polls report all it did not see.
 * - Evictions (evictions.ts): what this process changed itself is looked up until a poll that left later was answered.
 * - Outage (outage.ts): only if `staleIfDown` is set, and while no primary answers, the cache answers for so much longer.
 *   Each such verdict tells its age. The bound of the promise is then longer by that time.
 * - First uses (first-uses.ts): that this process said yes to the new secret of a rotation. The database then knows when
 *   the old one ends, and the feed reports it. The end is compared with the clock each time, as an expiration is.
 * - Limits (limits.ts): the calls of keys with a limit, counted where they are let through. Processes tell each other, so a
 *   limit is exact within one process, and exceeded by at most the calls of one second over all of them.
 * - Negative cache (negative-cache.ts): hashes that no key has, for two seconds. It can only make a good key unknown.
 */
import { hash as digest } from 'node:crypto'
import { createCache } from './cache.ts'
import type { Clock } from './clock.ts'
import type { Origin } from './epoch.ts'
import { createEvictions } from './evictions.ts'
import { type Change, createFeed, type ReadFeed } from './feed.ts'
import { STALENESS_BOUND } from './freshness.ts'
import { hasChecksum, kindOfKey } from './key.ts'
import type { RateLimit } from './key-settings.ts'
import { createLookups, type ReadKey } from './lookups.ts'
import { createNegativeCache } from './negative-cache.ts'
import { createOutage } from './outage.ts'
import type { Timelines } from './timelines.ts'
import { createTimestamps } from './timestamps.ts'
import { readUuid } from './uuid.ts'
import {
  type Asked,
  type CachedKey,
  cachedKey,
  type Facts,
  judge,
  MALFORMED,
  MISTYPED,
  UNKNOWN,
  type Verdict,
} from './verdict.ts'

/** The two reads of the database. Their signal is aborted after a timeout. */
export type Source = { readKey: ReadKey; readFeed: ReadFeed }

export type CallOptions = Asked & {
  /** The limit of the key neither refuses this call nor counts it. */
  unlimited?: boolean | undefined
}

type Options = {
  source: Source
  clock: Clock
  timelines: Timelines
  /** For how many seconds known keys stay good while the database is away. */
  staleIfDown: number
  cacheSize: number
  recordUse: (cached: CachedKey, now: number, address: string | undefined) => void
  /** Called with the hash of a new secret when it is accepted for the first time. */
  recordFirstUse: (hash: string) => void
  /** Counts a call of a key with a limit, or refuses it. */
  takeCall: (cached: CachedKey, limit: RateLimit, now: number) => Verdict
}

/** Verifies keys and keeps the promise above, whatever the source and the clock do. */
export function createVerification(options: Options) {
  const { source, clock, timelines, staleIfDown, cacheSize, recordUse, recordFirstUse, takeCall } = options
  const timestamps = createTimestamps(clock)
  const cache = createCache(cacheSize)
  const negativeCache = createNegativeCache(clock)
  const evictions = createEvictions()
  const outage = createOutage(staleIfDown)

  const applyChanges = (changes: Change[]) => {
    if (changes.some(({ hash, project }) => hash === null && project === null)) return cache.clear()
    for (const { hash } of changes) if (hash !== null) cache.delete(hash)
    cache.deleteByUuid(new Set(changes.flatMap(({ project }) => project ?? [])))
  }
  /** The feed reports no new name, so an evicted key leaves the cache before the cache answers for it again. */
  const beforePoll = () => {
    const polledIn = evictions.generation()
    return () => cache.deleteByUuid(evictions.confirm(polledIn))
  }
  const { readKey, readFeed } = source
  const feed = createFeed({
    ...{ clock, timestamps, timelines, outage, readFeed },
    ...{ beforePoll, applyChanges, clearCache: cache.clear },
  })

  /** The callers of a lookup get its answer in any case; later calls get it only if nothing has outdated it. */
  const beforeLookup = (hash: string) => {
    const sentIn = evictions.generation()
    return (facts: Facts | null, origin: Origin): CachedKey | null => {
      const found = facts && cachedKey(facts, timestamps.wall())
      if (!found && sentIn === evictions.generation()) negativeCache.add(hash)
      if (found && feed.isCurrent(origin)) cache.set(hash, found)
      return found
    }
  }
  const lookups = createLookups({ clock, timestamps, timelines, outage, readKey, beforeLookup })

  /** Returns the verdict itself if the cache may answer, else a promise. */
  const verify = (key: string, options: CallOptions = {}): Verdict | Promise<Verdict> => {
    const hash = digest('sha256', key)
    const cached = cache.get(hash)
    const now = timestamps.wall()
    if (cached !== undefined && now < cached.refreshAt && feed.isFresh(now) && !evictions.has(cached)) {
      return answer(hash, cached, now, options)
    }
    return staleAnswer(hash, now, options) ?? lookUp(key, hash, options)
  }

  const lookUp = async (key: string, hash: string, options: CallOptions): Promise<Verdict> => {
    if (kindOfKey(key) !== 'run') return MALFORMED
    try {
      const found = negativeCache.has(hash) ? null : await lookups.lookUp(hash)
      if (found) return answer(hash, found, timestamps.wall(), options)
      return hasChecksum(key) ? UNKNOWN : MISTYPED
    } catch (error) {
      const stale = staleAnswer(hash, timestamps.wall(), options)
      if (stale) return stale
      throw error
    }
  }

  /** What the cache knows, while the database is away and `staleIfDown` allows it. */
  const staleAnswer = (hash: string, now: number, options: CallOptions): Verdict | null => {
    const age = feed.evidenceAge(now)
    if (!outage.allows(age)) return null
    const cached = cache.get(hash)
    if (cached === undefined || evictions.has(cached)) return null
    return { ...answer(hash, cached, now, options), evidenceAge: Math.ceil(age / 1000) }
  }

  const answer = (hash: string, found: CachedKey, now: number, options: CallOptions): Verdict => {
    const judged = judge(found, now, options)
    if (!judged.valid) return judged
    const verdict = found.limit === null || options.unlimited ? judged : takeCall(found, found.limit, now)
    if (!verdict.valid) return verdict
    recordUse(found, now, options.address)
    if (found.isNew) {
      found.isNew = false
      recordFirstUse(hash)
    }
    return verdict
  }

  /**
   * Evicts a key, or all keys of a project, by its UUID; verdicts of this process are right from then on. Call it after
   * each change made in this process, when its outcome is known (a failure, too) and before you report the outcome.
   */
  const evict = (uuid: string) => {
    evictions.add(readUuid(uuid) ?? uuid)
    lookups.stopSharing()
  }

  /** Call it after you created or imported keys in this process, so that none of them is still called unknown. */
  const clearUnknown = () => {
    evictions.beginGeneration()
    negativeCache.clear()
    lookups.stopSharing()
  }

  const health = () => {
    const { age, failure, slowest } = feed.health()
    return {
      /** The promised bound, in ms: with `staleIfDown`, that much longer. */
      bound: outage.bound,
      /** Whether the cache answers now. If not, each call queries the database. */
      fresh: age <= STALENESS_BOUND,
      /** Whether the cache answers although the database is away, because `staleIfDown` allows it. */
      stale: age > STALENESS_BOUND && outage.allows(age),
      /** ms since the latest poll that was answered left; null if there was none or a clock was set back. */
      age: Number.isFinite(age) ? Math.round(age) : null,
      /** The longest time, in ms, that a change took from the database to this cache. */
      slowest: Math.round(slowest),
      /** Why the latest poll failed; null if it did not. */
      failure,
      /** Keys in the cache. */
      keys: cache.size(),
      /** Hashes in the negative cache. */
      unknown: negativeCache.size(),
      /** Queries for a key since the start. */
      lookups: lookups.count(),
    }
  }
  return { verify, evict, clearUnknown, health, keepPolling: feed.keepPolling, stop: feed.stop }
}
