import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findEmbedded, startEmbedded, withEmbedded } from './embedded.ts'
import { commandOf } from './processes.ts'

let folder: string
const owners: ChildProcess[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embedded-test-'))
  await chmod(folder, 0o755)
})

afterEach(async () => {
  for (const owner of owners.splice(0)) owner.kill('SIGKILL')
  const left = await findEmbedded(folder)
  if (left) await (await startEmbedded({ folder, log })).stop()
  await rm(folder, { recursive: true, force: true })
})

const log = () => {}

async function query(url: string, sql: string) {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => null)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** Another process that starts on the folder; `said` is `up` or why it did not start. */
async function otherProcess() {
  const script = join(import.meta.dirname, 'embedded.fixture.ts')
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  owners.push(child)
  const [said] = await once(child.stdout.setEncoding('utf8'), 'data')
  return { child, said: String(said).trim() }
}

async function killed(child: ChildProcess) {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const postmaster = async () =>
  Number((await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0])

test('keeps its data over a restart, and leaves nothing behind but the folder', async () => {
  const first = await startEmbedded({ folder, log })
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  const sockets = new URL(first.url).searchParams.get('host') ?? ''
  await first.stop()
  await expect(stat(sockets)).rejects.toThrow('ENOENT')
  expect(await findEmbedded(folder)).toBeNull()

  const second = await startEmbedded({ folder, log })
  expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  await second.stop()
})

test('asks for a password that only its owner can read, listens on no port, and writes through to the disk', async () => {
  const { url, stop } = await startEmbedded({ folder, log })
  expect((await stat(join(folder, 'postgres.password'))).mode & 0o777).toBe(0o600)
  await expect(query(url.replace(/:[^:@/]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow('password')
  const settings = "SELECT current_setting('listen_addresses') AS listen, current_setting('fsync') AS fsync"
  expect(await query(url, settings)).toEqual([{ listen: '', fsync: 'on' }])
  await stop()
})

test('closes its folder and its lock to other users of the machine, also where they were open', async () => {
  await writeFile(join(folder, 'owner.lock'), '', { mode: 0o644 })
  const { stop } = await startEmbedded({ folder, log })
  expect((await stat(folder)).mode & 0o067).toBe(0)
  expect((await stat(join(folder, 'owner.lock'))).mode & 0o777).toBe(0o600)
  await stop()
})

test('logs no errors of statements, because anybody who can cause them could fill the disk', async () => {
  const { url, stop } = await startEmbedded({ folder, log })
  await query(url, 'CREATE TABLE taken (slug text PRIMARY KEY); INSERT INTO taken VALUES (1)')
  const logged = async () => (await stat(join(folder, 'postgres.log'))).size
  const before = await logged()
  for (const sql of ['INSERT INTO taken VALUES (1)', 'SELECT missing', 'SELECT 1/0'])
    await expect(query(url, sql)).rejects.toThrow()
  expect(await logged()).toBe(before)
  await stop()
})

test('knows letters of every script: ICU collations and pg_trgm', async () => {
  const { url, stop } = await startEmbedded({ folder, log })
  await query(url, 'CREATE EXTENSION pg_trgm')
  expect(await query(url, `SELECT lower('ÉCLAIR' COLLATE "und-x-icu") AS lower`)).toEqual([{ lower: 'éclair' }])
  await stop()
})

test('tells a second process which one has the folder', async () => {
  const { stop } = await startEmbedded({ folder, log })
  const { said } = await otherProcess()
  expect(said).toBe(
    `${folder} is in use by another Project Keys process (pid ${process.pid}): stop it, or set DATA_DIR to another folder.`,
  )
  await stop()
})

test('lets one of two that start at once on an empty folder win', async () => {
  const said = (await Promise.all([otherProcess(), otherProcess()])).map((other) => other.said)
  expect(said).toContain('up')
  expect(said.join()).toContain('is in use by another Project Keys process')
})

test('takes over from an owner that was killed, and keeps what was committed', async () => {
  const { child } = await otherProcess()
  const url = await findEmbedded(folder)
  await query(url ?? '', 'CREATE TABLE kept AS SELECT 42 AS answer')
  const orphan = await postmaster()
  await killed(child)
  expect(commandOf(orphan)).not.toBeNull()

  const taken = await startEmbedded({ folder, log })
  expect(commandOf(orphan)).toBeNull()
  expect(await query(taken.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  await taken.stop()
})

test('recovers when everything was killed, even if the old number is another program by now', async () => {
  const { child } = await otherProcess()
  const url = await findEmbedded(folder)
  await query(url ?? '', 'CREATE TABLE kept AS SELECT 42 AS answer')
  const old = await postmaster()
  await killed(child)
  process.kill(old, 'SIGKILL')

  const { uid, gid } = await stat(join(folder, 'postgres'))
  const stranger = spawn('sleep', ['60'], process.getuid?.() === 0 ? { uid, gid } : {})
  owners.push(stranger)
  const pidFile = join(folder, 'postgres', 'postmaster.pid')
  await writeFile(pidFile, (await readFile(pidFile, 'utf8')).replace(String(old), String(stranger.pid)))

  const next = await startEmbedded({ folder, log })
  expect(await query(next.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull()
  await next.stop()
})

test('starts again after a first run that was cut off', async () => {
  await mkdir(join(folder, 'postgres.new'))
  await writeFile(join(folder, 'postgres.new', 'half'), '')
  await writeFile(join(folder, 'postgres.password'), 'of the run that was cut off')
  const { url, stop } = await startEmbedded({ folder, log })
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  await stop()
})

test('starts PostgreSQL again when it ends by itself, and says so', async () => {
  const lines: string[] = []
  const { url, stop } = await startEmbedded({ folder, log: (line) => lines.push(line) })
  process.kill(await postmaster(), 'SIGKILL')
  await expect.poll(() => query(url, 'SELECT 1 AS one').catch(() => null), { timeout: 15_000 }).toEqual([{ one: 1 }])
  expect(lines).toEqual(['PostgreSQL ended by itself (SIGKILL), and we start it again.'])
  await stop()
})

test('says why PostgreSQL did not start, without its password', async () => {
  await (await startEmbedded({ folder, log })).stop()
  await writeFile(join(folder, 'postgres', 'postgresql.conf'), 'no_such_setting = 1\n')
  const failure = await startEmbedded({ folder, log }).catch(String)
  expect(failure).toContain('no_such_setting')
  expect(failure).not.toContain(await readFile(join(folder, 'postgres.password'), 'utf8'))
})

test('says so when the password beside the data is lost', async () => {
  await (await startEmbedded({ folder, log })).stop()
  await rm(join(folder, 'postgres.password'))
  await expect(startEmbedded({ folder, log })).rejects.toThrow('postgres.password is missing')
})

test('lends its database to a command, running or not', async () => {
  const one = (url: string) => query(url, 'SELECT 1 AS one')
  expect(await withEmbedded({ folder, log }, one)).toEqual([{ one: 1 }])
  const { stop } = await startEmbedded({ folder, log })
  expect(await withEmbedded({ folder, log }, one)).toEqual([{ one: 1 }])
  await stop()
})

test.runIf(process.getuid?.() === 0)('works for root below a folder that is root’s alone', async () => {
  await chmod(folder, 0o700)
  const { url, stop } = await startEmbedded({ folder: join(folder, 'data'), log })
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  await stop()
})

test('files of another major version of PostgreSQL are refused, with the way to take their data over', async () => {
  await (await startEmbedded({ folder, log })).stop()
  const file = join(folder, 'postgres', 'PG_VERSION')
  const version = await readFile(file, 'utf8')
  await writeFile(file, '17\n')
  await expect(startEmbedded({ folder, log })).rejects.toThrow(
    /is of PostgreSQL 17.*backup with the release that you used before.*pnpm run restore FILE/,
  )
  await writeFile(file, version)
})
