import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { execute, freshDatabase } from '../../test/database.ts'
import { migrate } from './migrate.ts'
import { MIGRATIONS, readMigrations } from './migrations.ts'

const MIGRATING = join(import.meta.dirname, 'migrate.fixture.ts')
const OWN = join(import.meta.dirname, '../../../../prisma/migrations')

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migrations-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** `oldest`: the newest migration of the oldest code that may run beside it. */
async function write(name: string, sql: string, oldest?: string) {
  await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, name, 'migration.sql'), sql)
  if (oldest) await writeFile(join(folder, name, 'oldest-code'), `${oldest}\n`)
}

const forget = (name: string) => rm(join(folder, name), { recursive: true })

const empty = async () => (await freshDatabase({ migrated: false })).url

describe('the project’s own migrations', () => {
  test('apply once to an empty database, and are recorded in Prisma’s own table', async () => {
    const url = await empty()
    const names = (await readdir(OWN, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
    expect(await migrate({ url })).toEqual(names.sort())
    expect(await migrate({ url })).toEqual([])
    const rows = await execute(url, 'SELECT * FROM _prisma_migrations ORDER BY migration_name')
    expect(rows).toMatchObject(
      names.map((migration_name) => ({
        migration_name,
        checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
        finished_at: expect.any(Date),
        rolled_back_at: null,
        applied_steps_count: 1,
      })),
    )
  })

  test('are each applied by one of many processes that start at once, while the others wait', async () => {
    const url = await empty()
    const applied = await Promise.all(Array.from({ length: 4 }, () => migrate({ url })))
    const names = await execute(url, 'SELECT migration_name AS name FROM _prisma_migrations ORDER BY 1')
    expect(applied.flat().toSorted()).toEqual(names.map(({ name }) => name))
    expect(await execute(url, 'SELECT count(*)::int AS users FROM users')).toEqual([{ users: 0 }])
  })
})

test('a migration waits for its lock, and after a while says who has it', async () => {
  const url = await empty()
  await write('1_first', 'CREATE TABLE first (n int)')
  // As Prisma's own engine holds it.
  const other = new pg.Client({ connectionString: url })
  await other.connect()
  await other.query('SELECT pg_advisory_lock(72707369)')
  await expect(migrate({ url, folder, lockTimeout: 100 })).rejects.toThrow(
    'Another process has been migrating the database for over 0 s: start again when it is done. If there is none, end the session that holds the advisory lock 72707369 (see pg_locks).',
  )
  const waiting = migrate({ url, folder, lockTimeout: 10_000 })
  await expect
    .poll(() =>
      execute(url, 'SELECT count(*)::int AS n FROM pg_locks WHERE locktype = $1 AND NOT granted', ['advisory']),
    )
    .toEqual([{ n: 1 }])
  await other.end()
  expect(await waiting).toEqual(['1_first'])
})

describe('a migration', () => {
  test('is applied in the order of its name, and only if it is new', async () => {
    const url = await empty()
    await write('2_second', 'INSERT INTO steps VALUES (2)')
    await write('1_first', 'CREATE TABLE steps (step int); INSERT INTO steps VALUES (1)')
    expect(await migrate({ url, folder })).toEqual(['1_first', '2_second'])
    await write('3_third', 'INSERT INTO steps VALUES (3)')
    expect(await migrate({ url, folder })).toEqual(['3_third'])
    expect(await execute(url, 'SELECT step FROM steps')).toEqual([{ step: 1 }, { step: 2 }, { step: 3 }])
  })

  test('that fails is rolled back, says why, and can be corrected', async () => {
    const url = await empty()
    await write('1_first', 'CREATE TABLE first (n int)')
    await write('2_second', 'CREATE TABLE second (n int); INSERT INTO nowhere VALUES (1)')
    await expect(migrate({ url, folder })).rejects.toThrow(
      'The migration 2_second could not be applied: relation "nowhere" does not exist. It was rolled back.',
    )
    const tables = "SELECT to_regclass('first') IS NOT NULL AS first, to_regclass('second') IS NOT NULL AS second"
    expect(await execute(url, tables)).toEqual([{ first: true, second: false }])
    await write('2_second', 'CREATE TABLE second (n int)')
    expect(await migrate({ url, folder })).toEqual(['2_second'])
  })

  test('that was changed after it was applied stops the start with a sentence', async () => {
    const url = await empty()
    await write('1_first', 'CREATE TABLE first (n int)')
    await migrate({ url, folder })
    await write('1_first', 'CREATE TABLE first (n bigint)')
    await expect(migrate({ url, folder })).rejects.toThrow(
      'The migration 1_first was changed after it was applied. Restore prisma/migrations from git.',
    )
  })

  test('is the same with the line ends of Windows, whichever of the two was applied', async () => {
    const sql = 'CREATE TABLE lines (n int);\nINSERT INTO lines VALUES (1);\n'
    const onWindows = sql.replaceAll('\n', '\r\n')
    for (const [applied, now] of [
      [sql, onWindows],
      [onWindows, sql],
    ] as const) {
      const url = await empty()
      await write('1_first', applied)
      expect(await migrate({ url, folder })).toEqual(['1_first'])
      await write('1_first', now)
      expect(await migrate({ url, folder })).toEqual([])
    }
  })

  test('is the same where an older release applied it with the line ends of Windows', async () => {
    const url = await empty()
    await write('1_first', 'CREATE TABLE lines (n int);\n')
    await migrate({ url, folder })
    const checksum = createHash('sha256').update('CREATE TABLE lines (n int);\r\n').digest('hex')
    await execute(url, 'UPDATE _prisma_migrations SET checksum = $1', [checksum])
    expect(await migrate({ url, folder })).toEqual([])
  })

  test('tells people its warnings, whatever the defaults of the database, and nothing that PostgreSQL says', async () => {
    const url = await empty()
    const [row] = await execute(url, 'SELECT current_database() AS name')
    await execute(url, `ALTER DATABASE ${row?.name} SET client_min_messages = error`)
    await write('1_first', `DROP TABLE IF EXISTS nowhere; DO $$ BEGIN RAISE WARNING 'moved 3 rows'; END $$`)
    const told: string[] = []
    await migrate({ url, folder, tell: (sentence) => told.push(sentence) })
    expect(told).toEqual(['moved 3 rows'])
  })

  test('that the code does not know stops the start, because the database is newer', async () => {
    const url = await empty()
    await write('1_first', 'CREATE TABLE first (n int)')
    await write('2_newer', 'CREATE TABLE newer (n int)')
    await migrate({ url, folder })
    await rm(join(folder, '2_newer'), { recursive: true })
    await expect(migrate({ url, folder })).rejects.toThrow(
      /^The database is newer than this code: it holds the migration 2_newer\./,
    )
  })

  test('that its process leaves in the middle ends soon, so that the next process does not wait for it', async () => {
    const url = await empty()
    await write('1_first', 'CREATE TABLE first (n int); SELECT pg_sleep(60)')
    const child = spawn(process.execPath, [MIGRATING, url, folder])
    const running = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(60)'"
    const pids = async () => (await execute(url, running)).length
    await expect.poll(pids, { timeout: 10_000 }).toBe(1)
    child.kill('SIGKILL')
    await expect.poll(pids, { timeout: 5000 }).toBe(0)
    await write('1_first', 'CREATE TABLE first (n int)')
    expect(await migrate({ url, folder })).toEqual(['1_first'])
  })

  test('that another program began and never ended stops the start', async () => {
    const url = await empty()
    await write('1_first', 'CREATE TABLE first (n int)')
    await migrate({ url, folder })
    await execute(url, 'UPDATE _prisma_migrations SET finished_at = NULL')
    await expect(migrate({ url, folder })).rejects.toThrow(/^The migration 1_first began and never ended\./)
  })

  test('that was marked as rolled back is applied again', async () => {
    const url = await empty()
    await write('1_first', 'CREATE TABLE IF NOT EXISTS first (n int)')
    await migrate({ url, folder })
    await execute(url, 'UPDATE _prisma_migrations SET rolled_back_at = now()')
    expect(await migrate({ url, folder })).toEqual(['1_first'])
  })
})

describe('an older release beside a newer one', () => {
  test('starts on a database with newer migrations that allow it', async () => {
    const url = await empty()
    await write('1_first', 'CREATE TABLE first (n int)')
    await write('2_newer', 'ALTER TABLE first ADD COLUMN m int', '1_first')
    await migrate({ url, folder })
    await forget('2_newer')
    expect(await migrate({ url, folder })).toEqual([])
  })

  test('does not start if it is older than the oldest that may', async () => {
    const url = await empty()
    await write('1_first', 'CREATE TABLE first (n int, old int)')
    await write('2_expands', 'ALTER TABLE first ADD COLUMN new int', '1_first')
    await write('3_contracts', 'ALTER TABLE first DROP COLUMN old', '2_expands')
    await migrate({ url, folder })
    await forget('3_contracts')
    expect(await migrate({ url, folder })).toEqual([])
    await forget('2_expands')
    await expect(migrate({ url, folder })).rejects.toThrow(
      /^The database is newer than this code: it holds the migration 3_contracts\./,
    )
  })

  /** Asks the database several times a second, under the name that the service has. */
  async function startOlder(url: string) {
    const client = new pg.Client({ connectionString: url, application_name: 'project-keys' })
    await client.connect()
    await client.query('SELECT')
    const timer = setInterval(() => client.query('SELECT').catch(() => {}), 100)
    return async () => {
      clearInterval(timer)
      await client.end()
    }
  }

  test('is waited for until it stops, before a migration that does not allow it', async () => {
    const url = await empty()
    await write('1_first', 'CREATE TABLE first (n int, old int)')
    await migrate({ url, folder })
    await write('2_allows', 'ALTER TABLE first ADD COLUMN new int', '1_first')
    await write('3_ends', 'ALTER TABLE first DROP COLUMN old')
    const stop = await startOlder(url)
    const told: string[] = []
    const tell = (sentence: string) => told.push(sentence)
    await expect(migrate({ url, folder, othersTimeout: 100, tell })).rejects.toThrow(
      /^Processes of an older release use the database, and cannot run beside this one: stop all of them/,
    )
    expect(await execute(url, 'SELECT * FROM first')).toEqual([])
    expect(await execute(url, 'SELECT migration_name AS name FROM _prisma_migrations')).toEqual([{ name: '1_first' }])
    const waiting = migrate({ url, folder, othersTimeout: 10_000, tell })
    await expect.poll(() => told).toHaveLength(2)
    await stop()
    expect(await waiting).toEqual(['2_allows', '3_ends'])
  })

  test('goes on while a migration that allows it is applied', async () => {
    const url = await empty()
    await write('1_first', 'CREATE TABLE first (n int)')
    await migrate({ url, folder })
    await write('2_allows', 'ALTER TABLE first ADD COLUMN new int', '1_first')
    const stop = await startOlder(url)
    expect(await migrate({ url, folder, othersTimeout: 0 })).toEqual(['2_allows'])
    await stop()
  })

  test('is named by a migration before the one that allows it', async () => {
    const migrations = await readMigrations(MIGRATIONS)
    const names = migrations.map(({ name }) => name)
    const allowing = migrations.filter(({ oldest }) => oldest !== null)
    expect(allowing.map(({ name }) => name)).toContain('20261128220000_audit')
    for (const { name, oldest } of allowing) {
      expect([name, names.slice(0, names.indexOf(name)).includes(oldest ?? '')]).toEqual([name, true])
    }
  })
})
