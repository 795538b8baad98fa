import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { z } from 'zod'

const FOLDER = join(import.meta.dirname, '../../../../prisma/migrations')
const OLDEST_POSTGRES = 15
/** The advisory lock of Prisma's own engine, so that the two never run at once. */
const LOCK = 72707369

const TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`
const Applied = z.array(z.object({ name: z.string(), checksum: z.string(), finished: z.boolean() }))

type Options = {
  url: string
  folder?: string
  /** Takes what a migration tells people, such as how many values it changed. */
  tell?: (sentence: string) => void
}

/**
 * Applies new migrations as `prisma migrate deploy` would, each in one transaction, and returns their names. Several
 * processes may start at once: one applies the migrations, the others wait.
 * @throws an Error for people if the database is too old, newer than the code, or was changed by hand
 */
export async function migrate({ url, folder = FOLDER, tell = () => {} }: Options): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  // A broken connection also rejects the statement; without a listener its error would end the process.
  client.on('error', () => {})
  client.on('notice', ({ message = '' }) => tell(message))
  await client.connect()
  try {
    // PostgreSQL itself gives notices here, but no warnings: those are a migration's own.
    await client.query('SET client_min_messages = warning')
    await rejectOldServer(client)
    // PostgreSQL on Windows cannot notice that this process has ended in the middle, and finishes what it was told.
    await client.query("SET client_connection_check_interval = '1s'").catch(() => {})
    await client.query('SELECT pg_advisory_lock($1)', [LOCK])
    await client.query(TABLE)
    const migrations = await readMigrations(folder)
    const applied = await readApplied(client)
    rejectForeign(applied, migrations)
    const missing = migrations.filter(({ name }) => !applied.has(name))
    for (const migration of missing) await apply(client, migration)
    return missing.map(({ name }) => name)
  } finally {
    await client.end()
  }
}

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

async function rejectOldServer(client: pg.Client) {
  const { rows } = await client.query("SELECT current_setting('server_version_num')::int / 10000 AS version")
  const [{ version }] = z.tuple([z.object({ version: z.int() })]).parse(rows)
  if (version < OLDEST_POSTGRES) {
    throw new Error(`DATABASE_URL names a PostgreSQL ${version}; Project Keys needs ${OLDEST_POSTGRES} or newer.`)
  }
}

async function apply(client: pg.Client, { name, sql }: Migration) {
  try {
    await client.query('BEGIN')
    await client.query(sql)
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), 1)`,
      [randomUUID(), checksumOf(sql), name],
    )
    await client.query('COMMIT')
  } catch (cause) {
    await client.query('ROLLBACK')
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`The migration ${name} could not be applied: ${why}. It was rolled back.`, { cause })
  }
}
