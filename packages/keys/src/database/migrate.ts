import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectionSettings, openClient } from '@project-keys/verify/connections'
import pg from 'pg'
import { z } from 'zod'
import { checksumOf, MIGRATIONS, type Migration, readMigrations } from './migrations.ts'
import { mayRunBeside, readApplied, rejectForeign } from './releases.ts'
import { isInUse } from './service-sessions.ts'
import { type DatabasePlace, databaseTarget } from './target.ts'
import { rejectUnfit } from './unfit.ts'

/** The advisory lock of Prisma's own engine, so that the two never run at once. */
const LOCK = 72707369
const LOCK_TIMEOUT = 60_000 // ms
/** No migration has this name. */
const OCCUPIED = ''
const OTHERS_EVERY = 500 // ms
const WISHES = { name: 'project-keys-migrate', connectTimeout: 5000 }

const TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`
const Found = z.tuple([z.object({ made: z.boolean(), trigrams: z.string().nullable() })])

type Options = DatabasePlace & {
  folder?: string
  /** The last migration to apply; all of them unless given. */
  until?: string | undefined
  /** Takes what a migration tells people, such as how many values it changed. */
  tell?: (sentence: string) => void
  /** In ms: how long to wait for another process that migrates. */
  lockTimeout?: number
  /** In ms: how long to wait for older processes to stop, where they cannot run beside a migration. Not at all unless given. */
  othersTimeout?: number
}

/**
 * Applies new migrations as `prisma migrate deploy` would, each in one transaction, and returns their names. Several
 * processes may start at once: each migration is applied by one of them, while the others wait.
 * @throws an Error for people if the database is too old, newer than the code, was changed by hand, or is in use by older
 * processes that cannot go on
 */
export async function migrate(options: Options) {
  const { folder = MIGRATIONS, until, tell = () => {}, lockTimeout = LOCK_TIMEOUT, othersTimeout, ...place } = options
  const migrations = await readMigrations(folder)
  const target = databaseTarget(place)
  const client = await openClient(connectionSettings(target, WISHES))
  client.on('notice', ({ message = '' }) => tell(message))
  try {
    await rejectUnfit(client)
    // PostgreSQL on Windows cannot notice that this process has ended in the middle, and finishes what it was told.
    if (!target.pooled) await client.query("SET client_connection_check_interval = '1s'").catch(() => {})
    const names: string[] = []
    const waitForOthers = waiting(othersTimeout, tell)
    for (;;) {
      const name = await inTransaction(client, async () => {
        await prepare(client, { schema: target.schema, lockTimeout })
        return applyNext(client, { migrations, until, alone: othersTimeout !== undefined })
      })
      if (name === undefined) return names
      if (name === OCCUPIED) await waitForOthers()
      else names.push(name)
    }
  } finally {
    await client.end()
  }
}

/** Waits a moment for older processes to stop. @throws an Error for people if they go on for too long */
function waiting(othersTimeout = 0, tell: (sentence: string) => void) {
  let end: number | null = null
  return async () => {
    if (end === null)
      tell('Older processes use the database, and cannot run beside this release: waiting for them to stop.')
    end ??= performance.now() + othersTimeout
    if (performance.now() > end) {
      throw new Error(
        'Processes of an older release use the database, and cannot run beside this one: stop all of them, then start this one again.',
      )
    }
    await sleep(OTHERS_EVERY)
  }
}

async function inTransaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN')
  try {
    const result = await work()
    await client.query('COMMIT')
    return result
  } catch (error) {
    // A connection that is lost rolls back by itself.
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

/**
 * Takes the lock, and makes the schema and Prisma's table where they are missing. All of it ends with the transaction,
 * because behind a pooler a lock or a setting of a session would stay with a connection that others use later.
 */
async function prepare(client: pg.Client, { schema, lockTimeout }: { schema: string; lockTimeout: number }) {
  // PostgreSQL itself gives notices here, but no warnings: those are a migration's own.
  await client.query(`SET LOCAL client_min_messages = warning; SET LOCAL lock_timeout = ${lockTimeout}`)
  await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]).catch(explainLock(lockTimeout))
  await client.query('SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0')
  const { rows } = await client.query(
    `SELECT to_regnamespace($1) IS NOT NULL AS made, (SELECT extnamespace::regnamespace::text FROM pg_extension
       WHERE extname = 'pg_trgm') AS trigrams`,
    [pg.escapeIdentifier(schema)],
  )
  const [{ made, trigrams }] = Found.parse(rows)
  const name = pg.escapeIdentifier(schema)
  if (!made) await client.query(`CREATE SCHEMA ${name}`)
  // The migrations name an operator class of the extension, which another schema may hold.
  await client.query(`SET LOCAL search_path = ${trigrams === null ? name : `${name}, ${trigrams}`}`)
  await client.query(TABLE)
}

const explainLock = (lockTimeout: number) => (cause: unknown) => {
  if (!(cause instanceof pg.DatabaseError) || cause.code !== '55P03') throw cause
  const seconds = Math.round(lockTimeout / 1000)
  throw new Error(
    `Another process has been migrating the database for over ${seconds} s: start again when it is done. If there is none, end the session that holds the advisory lock ${LOCK} (see pg_locks).`,
    { cause },
  )
}

type Step = { migrations: Migration[]; until: string | undefined; alone: boolean }

/** Applies the next migration and returns its name. With `alone`, not beside older processes that cannot run beside it. */
async function applyNext(client: pg.Client, { migrations, until, alone }: Step) {
  const applied = await readApplied(client)
  rejectForeign(applied, migrations)
  const pending = migrations.filter(({ name }) => !applied.has(name) && (until === undefined || name <= until))
  const [next] = pending
  const endsOlder = applied.size > 0 && !pending.every(({ oldest }) => mayRunBeside(applied, oldest))
  if (alone && endsOlder && (await isInUse(client))) return OCCUPIED
  if (next) await apply(client, next)
  return next?.name
}

async function apply(client: pg.Client, { name, sql, oldest }: Migration) {
  try {
    await client.query(sql)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`The migration ${name} could not be applied: ${why}. It was rolled back.`, { cause })
  }
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count, logs)
     VALUES ($1, $2, $3, now(), 1, $4)`,
    [randomUUID(), checksumOf(sql), name, oldest],
  )
}
