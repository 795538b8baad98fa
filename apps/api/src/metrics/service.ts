import { type Database, SEALED, type Secrets, type Verifier } from '@project-keys/keys'
import type { Metrics } from './metrics.ts'

type Measured = { db: Database; verifier: Verifier; secrets: Secrets }

const POOLS = ['main', 'anonymous'] as const

/** Of the feed, the cache and the connections: numbers that are there in any case, read when Prometheus asks. */
export function measureService({ gauge, gauges, counterFrom, countersFrom }: Metrics, service: () => Measured) {
  const health = () => service().verifier.health()
  gauge({
    name: 'revocation_bound_seconds',
    help: 'The time after which a revoked key works nowhere.',
    read: () => health().bound / 1000,
  })
  gauge({
    name: 'revocation_slowest_seconds',
    help: 'The longest time that a change took to arrive, since the start.',
    read: () => health().slowest / 1000,
  })
  gauge({
    name: 'evidence_age_seconds',
    help: 'The time since the database last answered.',
    read: () => secondsOf(health().age),
  })
  gauge({
    name: 'evidence_fresh',
    help: 'Whether the cache may answer (1), or each call asks the database (0).',
    read: () => Number(health().fresh),
  })
  gauge({
    name: 'evidence_stale',
    help: 'Whether known keys are good although the database is away (1).',
    read: () => Number(health().stale),
  })
  gauge({ name: 'remembered_keys', help: 'The number of cached keys.', read: () => health().keys })
  gauge({
    name: 'unknown_keys',
    help: 'The number of keys that are briefly cached as unknown.',
    read: () => health().unknown,
  })
  counterFrom({
    name: 'key_lookups_total',
    help: 'The queries for a key that the cache could not answer for.',
    read: () => health().lookups,
  })
  gauge({
    name: 'usage_written',
    help: 'Whether the last write of key usage succeeded (1), or will be retried (0).',
    read: () => Number(health().usage === null),
  })
  gauge({
    name: 'limits_shared',
    help: 'Whether processes tell each other how often keys with a limit are used (1), or this one counts alone (0).',
    read: () => Number(health().limits === null),
  })
  countersFrom({
    name: 'old_secret_uses_total',
    help: 'How often something was good only by a secret of SECRET_KEYS_BEFORE.',
    label: 'kind',
    values: SEALED,
    read: (kind) => service().secrets.oldUses()[kind],
  })

  const poolOf = (pool: (typeof POOLS)[number]) => (pool === 'main' ? service().db.pool : service().db.anonymousPool)
  const eachPool = { label: 'pool', values: POOLS } as const
  gauges({
    name: 'pool_connections',
    help: 'The open connections to the database.',
    ...eachPool,
    read: (pool) => poolOf(pool).totalCount,
  })
  gauges({
    name: 'pool_busy_connections',
    help: 'The connections that a statement or a transaction holds.',
    ...eachPool,
    read: (pool) => poolOf(pool).totalCount - poolOf(pool).idleCount,
  })
  gauges({
    name: 'pool_max_connections',
    help: 'The most connections that may be open.',
    ...eachPool,
    read: (pool) => poolOf(pool).options.max,
  })
  gauges({
    name: 'pool_waiting',
    help: 'The queue of those who wait for a connection.',
    ...eachPool,
    read: (pool) => poolOf(pool).waitingCount,
  })
}

const secondsOf = (age: number | null) => (age === null ? Number.NaN : age / 1000)
