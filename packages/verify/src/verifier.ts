import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { bearerToken } from './bearer.ts'
import { type Clock, systemClock } from './clock.ts'
import { connectionSettings } from './connections/connect.ts'
import { readTarget, urlFault } from './connections/target.ts'
import { createFirstUses } from './first-uses.ts'
import { createLimits } from './limits.ts'
import { LONGEST_STALE_IF_DOWN } from './outage.ts'
import { createPipeline, ignoreErrors } from './pipeline.ts'
import { readFeed, readKey, shareCalls, writeFirstUses, writeUses } from './queries.ts'
import { processTimelines } from './timelines.ts'
import { DATABASE_TIMEOUT, withTimeout } from './timeout.ts'
import { createUsageCounter } from './usage-counter.ts'
import type { Missing, Verdict } from './verdict.ts'
import { type CallOptions, createVerification } from './verification.ts'

type Settings = {
  /** The most keys in the cache; 100,000 by default. A key takes some 950 bytes. */
  cacheSize?: number
  /**
   * Connections for lookups, which share them; 2 by default. The feed has one more, and so has usage unless a pool is
   * given.
   */
  connections?: number
  /** True by default. Set it to false behind a transaction pooler such as PgBouncer. */
  preparedStatements?: boolean
  /** Whether the use of keys is recorded; true by default. */
  recordUsage?: boolean
  /**
   * For how many seconds keys that were good stay good while no primary answers, at most 3600; 0 by default: then calls
   * fail. The promised bound is longer by that time. Such a verdict has `evidenceAge`.
   */
  staleIfDown?: number
  /** Replaces the machine's clock in tests. */
  clock?: Clock
}
/** `pool` is used for usage; its settings are used for the other connections. `close` leaves it open. */
export type VerifierOptions = Settings & ({ connectionString: string } | { pool: pg.Pool })

const MISSING: Missing = Object.freeze({ valid: false, reason: 'missing' })

/** A web `Request` (or anything with such headers), or the value of an `Authorization` header. */
export type Credential = { headers: { get: (name: string) => string | null } } | string | null | undefined

export type Verifier = ReturnType<typeof createVerifier>

/**
 * Verifies project keys: from a cache in microseconds, with a revocation in force one second after it was acknowledged
 * at the latest. `verify` and `forRequest` reject with an `Error` if the database has to be asked and does not answer
 * within 2 s; answer 503 then, never yes. The connections open at once; call `close` to end them.
 */
export function createVerifier(options: VerifierOptions) {
  const { cacheSize = 100_000, connections = 2, clock = systemClock } = options
  const { settings, prepared } = 'pool' in options ? settingsOf(options) : settingsFor(options)
  const { recordUsage = true, staleIfDown = 0 } = options
  if (!(staleIfDown >= 0 && staleIfDown <= LONGEST_STALE_IF_DOWN)) {
    throw new Error(`staleIfDown must be a number of seconds from 0 to ${LONGEST_STALE_IF_DOWN}.`)
  }
  const pipeline = createPipeline({ ...settings, query_timeout: DATABASE_TIMEOUT }, { connections, log: () => {} })
  // The feed has a connection of its own, because under overload a feed that waits would make every call a lookup.
  const feedPool = newPool({ ...settings, max: 1 })
  const usagePool = 'pool' in options ? options.pool : newPool({ ...settings, max: 1 })

  const usage = createUsageCounter(clock, (uses) =>
    withTimeout(clock, DATABASE_TIMEOUT, (signal) => writeUses(usagePool, uses, signal)),
  )
  const firstUses = createFirstUses(clock, (hashes) =>
    withTimeout(clock, DATABASE_TIMEOUT, (signal) => writeFirstUses(usagePool, hashes, signal)),
  )
  const process = randomUUID()
  const limits = createLimits(clock, (calls) =>
    withTimeout(clock, DATABASE_TIMEOUT, (signal) => shareCalls(usagePool, process, calls, signal)),
  )
  const verification = createVerification({
    clock,
    timelines: processTimelines,
    staleIfDown,
    cacheSize,
    source: {
      readKey: (hash, signal) => readKey({ pipeline, prepared, hash, signal }),
      readFeed: (since, signal) => readFeed({ pool: feedPool, prepared, since, signal }),
    },
    recordUse: recordUsage ? usage.record : () => {},
    recordFirstUse: firstUses.record,
    takeCall: limits.take,
  })
  const { verify, evict, clearUnknown } = verification
  verification.keepPolling()
  usage.keepWriting()
  limits.keepSharing()

  /** Verifies the key of an `Authorization: Bearer KEY` header (RFC 6750, section 2.1). */
  const forRequest = (credential: Credential, options?: CallOptions): Verdict | Missing | Promise<Verdict> => {
    const header = typeof credential === 'object' ? credential?.headers.get('authorization') : credential
    const key = bearerToken(header)
    return key === null ? MISSING : verify(key, options)
  }

  /**
   * `usage`: why the latest write of usage failed, or null. Its counts are kept for the next one. `limits`: why processes
   * could not tell each other how often keys with a limit are used, or null. Until they can, each counts alone.
   */
  const health = () => ({
    ...verification.health(),
    usage: usage.failure() ?? firstUses.failure(),
    limits: limits.failure(),
  })

  /** Writes the remaining usage and closes the connections that were opened here. */
  const close = () => {
    closing ??= end()
    return closing
  }
  const end = async () => {
    verification.stop()
    await Promise.all([usage.stop(), firstUses.stop(), limits.stop()])
    await Promise.all([pipeline.close(), feedPool.end(), 'pool' in options ? null : usagePool.end()])
  }
  let closing: Promise<void> | null = null
  return { verify, forRequest, evict, clearUnknown, health, close }
}

function newPool(settings: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(settings)
  ignoreErrors(pool)
  return pool
}

function settingsFor({ connectionString, preparedStatements }: Settings & { connectionString: string }) {
  const fault = urlFault(connectionString)
  if (fault) throw new Error(`connectionString ${fault}.`)
  const target = readTarget(connectionString)
  const pooled = target.pooled || preparedStatements === false
  const wishes = { name: 'project-keys-verify', connectTimeout: DATABASE_TIMEOUT }
  const settings: pg.PoolConfig = connectionSettings({ ...target, pooled }, wishes)
  return { settings, prepared: preparedStatements ?? target.prepared }
}

/** The password is copied by name, because a pool makes it not enumerable so that it is not printed. */
function settingsOf({ pool, preparedStatements: prepared = true }: Settings & { pool: pg.Pool }) {
  const { options } = pool
  const password = options.password === undefined ? {} : { password: options.password }
  const settings: pg.PoolConfig = { ...options, ...password, connectionTimeoutMillis: DATABASE_TIMEOUT }
  return { settings, prepared }
}
