import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Change, FeedAnswer } from './feed.ts'
import { MAX_CHANGES } from './feed.ts'
import type { KeyAnswer } from './lookups.ts'
import { isConnectionLost, type Pipeline } from './pipeline.ts'
import type { Use } from './usage-counter.ts'
import type { Facts } from './verdict.ts'

// Numbers and times are read as double precision, everything else as text, so that a pool that is shared with us may
// parse its own types as it likes.
const ms = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`

const READ_KEY = `SELECT pg_is_in_recovery() AS replica, f.number::float8 AS number, k.uuid::text AS uuid, k.name,
    k.project::text AS project, k.slug, ${ms('k.expiration')} AS expiration, ${ms('k.revoked')} AS revoked,
    ${ms('k.deleted')} AS deleted
  FROM key_verification f LEFT JOIN key_verification k ON k.kind = 'key' AND k.hash = decode($1, 'hex')
  WHERE f.kind = 'feed'`

const READ_FEED = `SELECT pg_is_in_recovery() AS replica, kind, f.number::float8 AS number, encode(hash, 'hex') AS hash,
    project::text AS project, ${ms('clock_timestamp() - made')} AS age
  FROM key_verification f WHERE kind = 'feed' OR (kind = 'change' AND f.number > $1)
  ORDER BY kind DESC, f.number LIMIT ${MAX_CHANGES + 2}`

const WRITE_USES = `SELECT record_key_usage($1::uuid[], $2::bigint[],
    ARRAY(SELECT to_timestamp(ms / 1000) FROM unnest($3::float8[]) WITH ORDINALITY AS used (ms, n) ORDER BY n), $4::text[])`

/** The name is derived from the text, because PostgreSQL rejects one name for two texts. */
const READ_KEY_NAME = createHash('sha256').update(READ_KEY).digest('base64url').slice(0, 24)
const ATTEMPTS = 3

type Row = Record<string, unknown>
type Query = { text: string; values: unknown[]; name?: string }

type KeyQuery = {
  pipeline: Pipeline
  /** Whether connections keep the prepared statement. A transaction pooler does not allow that. */
  prepared: boolean
  hash: string
  signal: AbortSignal
}

export async function readKey({ pipeline, prepared, hash, signal }: KeyQuery): Promise<KeyAnswer> {
  const query = { text: READ_KEY, values: [hash], ...(prepared ? { name: READ_KEY_NAME } : {}) }
  const [row] = await retry(() => pipeline.read(query), signal)
  if (!row) throw new Error('The feed has no number.')
  return { replica: row.replica !== false, number: number(row.number), facts: factsOf(row) }
}

/** Uses no prepared statement, because this query must get through whatever pooler is in between. */
export async function readFeed(pool: pg.Pool, since: number | null, signal: AbortSignal): Promise<FeedAnswer> {
  const [feed, ...changes] = await retry(() => query(pool, { text: READ_FEED, values: [since] }, signal), signal)
  if (feed?.kind !== 'feed') throw new Error('The feed has no number.')
  return { replica: feed.replica !== false, number: number(feed.number), changes: changes.map(changeOf) }
}

export async function writeUses(pool: pg.Pool, uses: Use[], signal: AbortSignal): Promise<void> {
  const column = <Name extends keyof Use>(name: Name) => uses.map((use) => use[name])
  const values = [column('uuid'), column('calls'), column('used'), column('address')]
  await query(pool, { text: WRITE_USES, values }, signal)
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

function factsOf({ uuid, name, project, slug, expiration, revoked, deleted }: Row): Facts | null {
  if (uuid === null) return null
  return {
    uuid: text(uuid),
    name: text(name),
    project: { uuid: text(project), slug: text(slug) },
    expiration: number(expiration),
    revoked: revoked === null ? null : number(revoked),
    projectDeleted: deleted === null ? null : number(deleted),
  }
}

const changeOf = (row: Row): Change => ({
  number: number(row.number),
  hash: row.hash === null ? null : text(row.hash),
  project: row.project === null ? null : text(row.project),
  age: number(row.age),
})

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error('The database must return a text here.')
  return value
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw new Error('The database must return a number here.')
  return value
}
