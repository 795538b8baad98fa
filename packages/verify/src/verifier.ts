import pg from 'pg'
import { bearerToken } from './bearer.ts'
import { type Clock, systemClock, within } from './clock.ts'
import { readFeed, readKey, writeUses } from './database.ts'
import { createLanes } from './lanes.ts'
import { createUsage } from './usage.ts'
import type { Missing, Verdict } from './verdict.ts'
import { type Asked, createVerification } from './verification.ts'

type Settings = {
  /** Keys that are kept in memory at most. */
  cacheSize?: number
  /** For the questions that memory does not answer, which share them; the feed and the usage have one each. */
  connections?: number
  /** Off behind a transaction pooler: connections then keep no statement. */
  preparedStatements?: boolean
  /** Another clock than the machine's, for tests. */
  clock?: Clock
}
export type VerifierOptions = Settings & ({ connectionString: string } | { pool: pg.Pool })

const MISSING: Missing = Object.freeze({ valid: false, reason: 'missing' })

/** A web request, or the value of an Authorization header. */
export type Credential = { headers: { get: (name: string) => string | null } } | string | null | undefined

export type Verifier = ReturnType<typeof createVerifier>

const PATIENCE = 2000 // ms

/** Verifies project keys: from memory in microseconds, and never by what the database said over a second ago. */
export function createVerifier(options: VerifierOptions) {
  const { cacheSize = 100_000, connections = 2, preparedStatements = true, clock = systemClock } = options
  const settings = 'pool' in options ? settingsOf(options.pool) : settingsFor(options.connectionString)
  const lanes = createLanes({ ...settings, query_timeout: PATIENCE }, { count: connections, log: () => {} })
  // The feed must get through when all other connections are taken, or an overload would feed itself.
  const feedPool = newPool({ ...settings, max: 1 })
  const usagePool = 'pool' in options ? options.pool : newPool({ ...settings, max: 1 })

  const usage = createUsage(clock, (uses) => within(clock, PATIENCE, (signal) => writeUses(usagePool, uses, signal)))
  const verification = createVerification({
    clock,
    cacheSize,
    source: {
      readKey: (hash, signal) => readKey(lanes, preparedStatements, hash, signal),
      readFeed: (since, signal) => readFeed(feedPool, since, signal),
    },
    noteUse: usage.note,
  })
  const { verify, evict, clearUnknown } = verification
  verification.follow()
  usage.follow()

  const forRequest = (credential: Credential, asked?: Asked): Verdict | Missing | Promise<Verdict> => {
    const header = typeof credential === 'object' ? credential?.headers.get('authorization') : credential
    const key = bearerToken(header)
    return key === null ? MISSING : verify(key, asked)
  }

  /** `usage`: why the usage of keys could not be written the last time; it is kept until it can. */
  const health = () => ({ ...verification.health(), usage: usage.failure() })

  /** Writes what is left of the usage, and lets the connections go that were made here. */
  const close = () => {
    closing ??= end()
    return closing
  }
  const end = async () => {
    verification.stop()
    await usage.stop()
    await Promise.all([lanes.close(), feedPool.end(), 'pool' in options ? null : usagePool.end()])
  }
  let closing: Promise<void> | null = null
  return { verify, forRequest, evict, clearUnknown, health, close }
}

function newPool(settings: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(settings)
  // A connection that breaks while idle is replaced; without a listener it would end the process.
  pool.on('error', () => {})
  return pool
}

const settingsFor = (connectionString: string): pg.PoolConfig => ({
  connectionString,
  connectionTimeoutMillis: PATIENCE,
  keepAlive: true,
  application_name: 'project-keys-verify',
})

/** A pool hides its password from those who print it, and so from being copied. */
const settingsOf = ({ options }: pg.Pool): pg.PoolConfig => ({
  ...options,
  ...(options.password === undefined ? {} : { password: options.password }),
  connectionTimeoutMillis: PATIENCE,
})
