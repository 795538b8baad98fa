import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Origin } from './epoch.ts'
import type { Change, FeedAnswer } from './feed.ts'
import { MAX_CHANGES } from './feed.ts'
import { PLAIN, readSettings } from './key-settings.ts'
import type { KeyAnswer } from './lookups.ts'
import { isConnectionLost, type Pipeline } from './pipeline.ts'
import type { KeyCalls } from './quota.ts'
import { readSnapshot, type Snapshot } from './snapshot.ts'
import type { Use } from './usage-counter.ts'
import type { Facts, Secret } from './verdict.ts'

// Numbers and times are read as double precision, everything else as text, so that a pool that is shared with us may
// parse its own types as it likes.
const ms = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`

const ORIGIN = `n.snapshot::text AS snapshot, n.system::text AS system, n.timeline, n.epoch`

// Both reads are single statements that write nothing, because a snapshot does not list its own transaction.
const READ_KEY = `SELECT ${ORIGIN}, k.uuid::text AS uuid, k.name,
    k.project::text AS project, k.slug, ${ms('k.expiration')} AS expiration, ${ms('k.revoked')} AS revoked,
    ${ms('k.deleted')} AS deleted,
    CASE WHEN k.old AND k.expiration <= statement_timestamp() THEN 'ended' WHEN k.old THEN 'old'
      WHEN k.first_use_awaited THEN 'new' ELSE 'current' END AS secret,
    CASE WHEN num_nonnulls(k.description, k.scopes, k.allowed_networks, k.external_id, k.metadata, k.rate_limit) > 0 THEN
      json_build_object('description', k.description, 'scopes', k.scopes, 'allowed_networks', k.allowed_networks,
        'external_id', k.external_id, 'metadata', k.metadata, 'rate_limit', k.rate_limit)::text END AS settings
  FROM key_verification n LEFT JOIN key_verification k ON k.kind IN ('key', 'networked') AND k.hash = decode($1, 'hex')
  WHERE n.kind = 'now'`

/** What a snapshot did not see: what ran then, and what began since. Both are look-ups in one index. */
const READ_FEED = `SELECT kind, ${ORIGIN}, n.horizon::text AS horizon, encode(n.hash, 'hex') AS hash,
    n.project::text AS project, ${ms('clock_timestamp() - n.made')} AS age
  FROM key_verification n
  WHERE kind = 'now' OR (kind = 'changed' AND
    (xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot))) OR xid >= pg_snapshot_xmax($1::pg_snapshot)))
  ORDER BY kind DESC LIMIT ${MAX_CHANGES + 2}`

const recordUses = (procedure: string, first: number) =>
  `${procedure}($${first}::uuid[], $${first + 1}::bigint[], ARRAY(SELECT to_timestamp(ms / 1000)
    FROM unnest($${first + 2}::float8[]) WITH ORDINALITY AS used (ms, n) ORDER BY n), $${first + 3}::text[])`
const WRITE_USES = `SELECT ${recordUses('record_key_usage', 1)}`
/** One statement, because a batch is written as a whole or not at all. */
const WRITE_USES_WITH_OLD = `${WRITE_USES}, ${recordUses('record_old_key_usage', 5)}`
const SHARE_CALLS = `SELECT key::text AS key, seconds::float8 AS seconds, ends::float8 AS ends, calls::float8 AS calls
    FROM share_key_limits($1::uuid, $2::uuid[], $3::int[], $4::bigint[], $5::bigint[])`
const WRITE_FIRST_USES = `SELECT record_first_key_use(ARRAY(SELECT decode(hash, 'hex') FROM unnest($1::text[]) AS hash))`

/** The name is derived from the text, because PostgreSQL rejects one name for two texts. */
const nameOf = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 24)
const READ_KEY_NAME = nameOf(READ_KEY)
const READ_FEED_NAME = nameOf(READ_FEED)
const ATTEMPTS = 3
const NO_HORIZON = 'The table verification_horizon must have its one row.'

type Row = Record<string, unknown>
type Query = { text: string; values: unknown[]; name?: string }

/** `prepared`: whether connections keep prepared statements. A transaction pooler does not allow that. */
type KeyQuery = { pipeline: Pipeline; prepared: boolean; hash: string; signal: AbortSignal }
type FeedQuery = { pool: pg.Pool; prepared: boolean; since: Snapshot | null; signal: AbortSignal }

export async function readKey({ pipeline, prepared, hash, signal }: KeyQuery): Promise<KeyAnswer> {
  const query = { text: READ_KEY, values: [hash], ...(prepared ? { name: READ_KEY_NAME } : {}) }
  const [row] = await retry(() => pipeline.read(query), signal)
  if (!row) throw new Error(NO_HORIZON)
  return { origin: originOf(row), facts: factsOf(row) }
}

export async function readFeed({ pool, prepared, since, signal }: FeedQuery): Promise<FeedAnswer> {
  const text = { text: READ_FEED, values: [since?.text ?? null], ...(prepared ? { name: READ_FEED_NAME } : {}) }
  const [now, ...changes] = await retry(() => query(pool, text, signal), signal)
  if (now?.kind !== 'now') throw new Error(NO_HORIZON)
  return { origin: originOf(now), horizon: horizonOf(now), changes: changes.map(changeOf) }
}

export async function writeUses(pool: pg.Pool, uses: Use[], signal: AbortSignal): Promise<void> {
  const current = columnsOf(uses.filter(({ isOld }) => !isOld))
  const old = uses.filter(({ isOld }) => isOld)
  const given =
    old.length === 0
      ? { text: WRITE_USES, values: current }
      : { text: WRITE_USES_WITH_OLD, values: [...current, ...columnsOf(old)] }
  await query(pool, given, signal)
}

function columnsOf(uses: Use[]): unknown[] {
  const column = <Name extends keyof Use>(name: Name) => uses.map((use) => use[name])
  return [column('uuid'), column('calls'), column('used'), column('address')]
}

export async function writeFirstUses(pool: pg.Pool, hashes: string[], signal: AbortSignal): Promise<void> {
  await query(pool, { text: WRITE_FIRST_USES, values: [hashes] }, signal)
}

/** Tells the calls of this process, and returns those of all others. */
export async function shareCalls(
  pool: pg.Pool,
  process: string,
  calls: KeyCalls[],
  signal: AbortSignal,
): Promise<KeyCalls[]> {
  const column = <Name extends keyof KeyCalls>(name: Name) => calls.map((one) => one[name])
  const values = [process, column('key'), column('seconds'), column('ends'), column('calls')]
  const rows = await query(pool, { text: SHARE_CALLS, values }, signal)
  return rows.map(({ key, seconds, ends, calls }) => ({
    key: text(key),
    seconds: number(seconds),
    ends: number(ends),
    calls: number(calls),
  }))
}

/** A connection that was lost shows it only when it is used, so the query is sent again over another one. */
async function retry(read: () => Promise<Row[]>, signal: AbortSignal, attempt = 1): Promise<Row[]> {
  try {
    return await read()
  } catch (error) {
    if (signal.aborted || attempt === ATTEMPTS || !isConnectionLost(error)) throw error
    return retry(read, signal, attempt + 1)
  }
}

/** Closes the connection after a timeout, because the next query on it would wait for the late answer. */
async function query(pool: pg.Pool, query: Query, signal: AbortSignal): Promise<Row[]> {
  const client = await pool.connect()
  const disconnect = () => client.release(true)
  if (signal.aborted) {
    client.release()
    throw signal.reason
  }
  signal.addEventListener('abort', disconnect)
  // A connection that is lost also emits an error here, which would end the process if it had no listener.
  client.on('error', ignore)
  try {
    const { rows } = await client.query<Row>(query)
    return rows
  } finally {
    client.off('error', ignore)
    signal.removeEventListener('abort', disconnect)
    if (!signal.aborted) client.release()
  }
}

const ignore = () => {}

function factsOf({ uuid, name, project, slug, expiration, revoked, deleted, secret, settings }: Row): Facts | null {
  if (uuid === null) return null
  return {
    uuid: text(uuid),
    name: text(name),
    project: { uuid: text(project), slug: text(slug) },
    expiration: time(expiration),
    revoked: revoked === null ? null : time(revoked),
    projectDeleted: deleted === null ? null : time(deleted),
    secret: secretOf(secret),
    settings: settings === null ? PLAIN : readSettings(text(settings)),
  }
}

function secretOf(value: unknown): Secret {
  if (value !== 'current' && value !== 'new' && value !== 'old' && value !== 'ended')
    throw new Error('The database must return the kind of a secret here.')
  return value
}

/** Null if the answer comes from a replica. */
function originOf({ snapshot, system, timeline, epoch }: Row): Origin | null {
  if (timeline === null) return null
  const seen = readSnapshot(text(snapshot))
  return (
    seen && { system: text(system), timeline: Number.parseInt(text(timeline), 16), epoch: text(epoch), snapshot: seen }
  )
}

function horizonOf({ horizon }: Row): Snapshot | null {
  if (horizon === null) return null
  const swept = readSnapshot(text(horizon))
  if (!swept) throw new Error('The horizon must be a snapshot of the primary.')
  return swept
}

const changeOf = (row: Row): Change => ({
  hash: row.hash === null ? null : text(row.hash),
  project: row.project === null ? null : text(row.project),
  age: number(row.age),
})

const [EARLIEST, LATEST] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59Z')]
/** In ms: infinity and other times that no text can hold are the nearest time that one can hold. */
const time = (value: unknown): number => Math.min(Math.max(number(value), EARLIEST), LATEST)

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error('The database must return a text here.')
  return value
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw new Error('The database must return a number here.')
  return value
}
