import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectionSettings, openClient } from '@project-keys/verify/connections'
import pg from 'pg'
import { z } from 'zod'
import { type DatabasePlace, databaseTarget } from './target.ts'
import { rejectUnfit } from './unfit.ts'

const FOLDER = join(import.meta.dirname, '../../../../prisma/migrations')
/** The advisory lock of Prisma's own engine, so that the two never run at once. */
const LOCK = 72707369
const LOCK_TIMEOUT = 60_000 // ms
const WISHES = { name: 'project-keys-migrate', connectTimeout: 5000 }

const TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`
const Found = z.tuple([z.object({ made: z.boolean(), trigrams: z.string().nullable() })])
const Applied = z.array(z.object({ name: z.string(), checksum: z.string(), finished: z.boolean() }))

type Options = DatabasePlace & {
  folder?: string
  /** The last migration to apply; all of them unless given. */
  until?: string | undefined
  /** Takes what a migration tells people, such as how many values it changed. */
  tell?: (sentence: string) => void
  /** In ms: how long to wait for another process that migrates. */
  lockTimeout?: number
}

/**
 * Applies new migrations as `prisma migrate deploy` would, each in one transaction, and returns their names. Several
 * processes may start at once: each migration is applied by one of them, while the others wait.
 * @throws an Error for people if the database is too old, newer than the code, or was changed by hand
 */
export async function migrate(options: Options) {
  const { folder = FOLDER, until, tell = () => {}, lockTimeout = LOCK_TIMEOUT, ...place } = options
  const migrations = await readMigrations(folder)
  const target = databaseTarget(place)
  const client = await openClient(connectionSettings(target, WISHES))
  client.on('notice', ({ message = '' }) => tell(message))
  try {
    await rejectUnfit(client)
    // PostgreSQL on Windows cannot notice that this process has ended in the middle, and finishes what it was told.
    if (!target.pooled) await client.query("SET client_connection_check_interval = '1s'").catch(() => {})
    const names: string[] = []
    for (;;) {
      const name = await inTransaction(client, async () => {
        await prepare(client, { schema: target.schema, lockTimeout })
        const applied = await readApplied(client)
        rejectForeign(applied, migrations)
        const next = migrations.find(({ name }) => !applied.has(name) && (until === undefined || name <= until))
        if (next) await apply(client, next)
        return next?.name
      })
      if (name === undefined) return names
      names.push(name)
    }
  } finally {
    await client.end()
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

/** The names of all migrations, in their order. */
export const migrationNames = async (): Promise<string[]> => (await readMigrations(FOLDER)).map(({ name }) => name)

/** `checksums`: of the text with the line ends of Unix, and of Windows, because a checkout may have either. */
type Migration = { name: string; sql: string; checksums: string[] }

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = (await readFile(join(folder, name, 'migration.sql'), 'utf8')).replaceAll('\r\n', '\n')
      return { name, sql, checksums: [sql, sql.replaceAll('\n', '\r\n')].map(checksumOf) }
    }),
  )
}

const checksumOf = (sql: string) => createHash('sha256').update(sql).digest('hex')

async function readApplied(client: pg.Client): Promise<Map<string, { checksum: string; finished: boolean }>> {
  const { rows } = await client.query(
    'SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  )
  return new Map(Applied.parse(rows).map(({ name, ...rest }) => [name, rest]))
}

function rejectForeign(applied: Map<string, { checksum: string; finished: boolean }>, migrations: Migration[]) {
  const byName = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const [name, { checksum, finished }] of applied) {
    const known = byName.get(name)
    if (!known) {
      throw new Error(
        `The database is newer than this code: it holds the migration ${name}. Update the code, or use another database.`,
      )
    }
    if (!known.checksums.includes(checksum)) {
      throw new Error(`The migration ${name} was changed after it was applied. Restore prisma/migrations from git.`)
    }
    if (!finished) {
      throw new Error(
        `The migration ${name} began and never ended. Look at the database, then use \`prisma migrate resolve\`.`,
      )
    }
  }
}

async function apply(client: pg.Client, { name, sql }: Migration) {
  try {
    await client.query(sql)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`The migration ${name} could not be applied: ${why}. It was rolled back.`, { cause })
  }
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), 1)`,
    [randomUUID(), checksumOf(sql), name],
  )
}
