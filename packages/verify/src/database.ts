import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Change, FeedAnswer } from './feed.ts'
import { CHANGES_AT_ONCE } from './feed.ts'
import { isCut, type Lanes } from './lanes.ts'
import type { KeyAnswer } from './questions.ts'
import type { Use } from './usage.ts'
import type { Facts } from './verdict.ts'

// Numbers and times come as double precision, the rest as text: so it does not matter how a service that shares its pool
// reads its own types.
const ms = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`

const KEY = `SELECT pg_is_in_recovery() AS replica, f.number::float8 AS number, k.uuid::text AS uuid, k.name,
    k.project::text AS project, k.slug, ${ms('k.expiration')} AS expiration, ${ms('k.revoked')} AS revoked,
    ${ms('k.deleted')} AS deleted
  FROM key_verification f LEFT JOIN key_verification k ON k.kind = 'key' AND k.hash = decode($1, 'hex')
  WHERE f.kind = 'feed'`

const FEED = `SELECT pg_is_in_recovery() AS replica, kind, f.number::float8 AS number, encode(hash, 'hex') AS hash,
    project::text AS project, ${ms('clock_timestamp() - made')} AS age
  FROM key_verification f WHERE kind = 'feed' OR (kind = 'change' AND f.number > $1)
  ORDER BY kind DESC, f.number LIMIT ${CHANGES_AT_ONCE + 2}`

const USE = `SELECT record_key_usage($1::uuid[], $2::bigint[],
    ARRAY(SELECT to_timestamp(ms / 1000) FROM unnest($3::float8[]) WITH ORDINALITY AS used (ms, n) ORDER BY n), $4::text[])`

/** A name is made of the text: PostgreSQL refuses one name for two texts. */
const KEY_NAME = createHash('sha256').update(KEY).digest('base64url').slice(0, 24)
const ATTEMPTS = 3

type Row = Record<string, unknown>
type Query = { text: string; values: unknown[]; name?: string }

/** `named`: whether connections keep the statement, which a transaction pooler in between can't allow. */
export async function readKey(lanes: Lanes, named: boolean, hash: string, signal: AbortSignal): Promise<KeyAnswer> {
  const query = { text: KEY, values: [hash], ...(named ? { name: KEY_NAME } : {}) }
  const [row] = await again(() => lanes.read(query), signal)
  if (!row) throw new Error('The feed has no number.')
  return { replica: row.replica !== false, number: number(row.number), facts: factsOf(row) }
}

/** Never by a named statement: it is the one question that must get through whatever is in between. */
export async function readFeed(pool: pg.Pool, since: number | null, signal: AbortSignal): Promise<FeedAnswer> {
  const [feed, ...changes] = await again(() => askAlone(pool, { text: FEED, values: [since] }, signal), signal)
  if (feed?.kind !== 'feed') throw new Error('The feed has no number.')
  return { replica: feed.replica !== false, number: number(feed.number), changes: changes.map(changeOf) }
}

export async function writeUses(pool: pg.Pool, uses: Use[], signal: AbortSignal): Promise<void> {
  const column = <Name extends keyof Use>(name: Name) => uses.map((use) => use[name])
  await askAlone(
    pool,
    { text: USE, values: [column('uuid'), column('calls'), column('used'), column('address')] },
    signal,
  )
}

/** A connection that was cut shows it only when it is used: the question goes out again on another. */
async function again(ask: () => Promise<Row[]>, signal: AbortSignal, attempt = 1): Promise<Row[]> {
  try {
    return await ask()
  } catch (error) {
    if (signal.aborted || attempt === ATTEMPTS || !isCut(error)) throw error
    return again(ask, signal, attempt + 1)
  }
}

/** When nobody waits any more the connection goes too: what it may bring later is too old for whoever asks next. */
async function askAlone(pool: pg.Pool, query: Query, signal: AbortSignal): Promise<Row[]> {
  const client = await pool.connect()
  const cut = () => client.release(true)
  if (signal.aborted) {
    client.release()
    throw signal.reason
  }
  signal.addEventListener('abort', cut)
  // A connection that breaks while it is used also says so here, and without a listener that would end the process.
  client.on('error', ignore)
  try {
    const { rows } = await client.query<Row>(query)
    return rows
  } finally {
    client.off('error', ignore)
    signal.removeEventListener('abort', cut)
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
  if (typeof value !== 'string') throw new Error('The database gave something else than a text.')
  return value
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw new Error('The database gave something else than a number.')
  return value
}
