import { chmod, mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createSecrets, createTokens, firstRun, migrate, openDatabase, wholeSecond } from '@project-keys/keys'
import { startEmbedded } from '@project-keys/postgres'
import pg from 'pg'
import { z } from 'zod'
import { measure } from '../measure.ts'
import { pinTo } from '../pin.ts'
import { postgresCpu } from '../postgres-cpu.ts'
import { startServer } from '../servers.ts'
import { printHead, printRows } from '../table.ts'
import { fill } from './fill.ts'
import { comparisonsOf, type Key } from './scenarios.ts'

// `pnpm --filter @project-keys/api bench:million FOLDER` compares a project of 1,000 keys that is alone in its database
// with one of a million keys, and with those of 1,000 keys among 10,000 such projects; a second word limits it to titles with that word. Both are in another database. The
// first run fills the folder, which takes ten minutes and 10 GB; later runs use it again. You delete it.

const ISSUER = 'http://localhost:3000/'
const SECRET = 'only for the benchmark, which nobody else can reach'
const SAMPLE = 20_000
const Keys = z.array(z.object({ slug: z.string(), uuid: z.string() }))

const [, , place = 'bench-million', wanted = ''] = process.argv
const folder = resolve(place)
await mkdir(folder, { recursive: true })
await chmod(folder, 0o755)
const pinned = pinTo(0)
await using ends = new AsyncDisposableStack()
const { url, stop } = await startEmbedded({ folder, log: console.error })
ends.defer(stop)

const fewUrl = Object.assign(new URL(url), { pathname: '/few' }).href
if ((await query(url, "SELECT FROM pg_database WHERE datname = 'few'")).length === 0) {
  await query(url, 'CREATE DATABASE few')
}
await prepare(fewUrl, [{ name: 'few', projects: 1, keys: 1000 }])
await prepare(url, [
  { name: 'million', projects: 1, keys: 1_000_000 },
  { name: 'many', projects: 10_000, keys: 1000 },
])

const few = await startServer('ours', [fewUrl, SECRET, ISSUER])
ends.defer(few.stop)
const much = await startServer('ours', [url, SECRET, ISSUER])
ends.defer(much.stop)
const now = wholeSecond(new Date())
const token = createTokens({ secrets: createSecrets(SECRET), issuer: ISSUER }).sign({
  audience: 'client',
  email: 'owner@localhost',
  now,
  ttl: 24 * 3600,
})
const apart = pinTo(1) && pinned
console.log(apart ? 'Server and database share one core, the load has another.\n' : 'Nothing has a core of its own.\n')
printHead()
const worlds = [
  { name: 'a million', server: much, keys: await sample(url, 'million') },
  { name: 'of 10,000', server: much, keys: await sample(url, 'many') },
]
const base = { name: '1,000 keys', server: few, keys: await sample(fewUrl, 'few') }
for (const world of worlds) {
  for (const comparison of comparisonsOf(world, base, token).filter(({ title }) => title.includes(wanted))) {
    printRows(comparison, await measure(comparison, () => postgresCpu(folder)))
  }
}

/** Migrates, and fills a database that has no keys yet. */
async function prepare(database: string, kinds: Parameters<typeof fill>[1]) {
  await migrate({ url: database })
  if ((await query(database, 'SELECT FROM project_keys LIMIT 1')).length > 0) return
  const db = openDatabase({ url: database })
  await firstRun(db, { ownerEmail: 'owner@localhost', now: wholeSecond(new Date()) })
  await db.close()
  await fill(database, kinds, console.log)
}

/** Some active keys of the projects of a kind, in any order. */
async function sample(database: string, kind: string): Promise<Key[]> {
  const rows = await query(
    database,
    `SELECT p.slug, k.uuid FROM projects p JOIN LATERAL (
       SELECT uuid FROM project_keys WHERE project = p.uuid AND revoked IS NULL
       ORDER BY name LIMIT ${SAMPLE} / (SELECT count(*) FROM projects WHERE slug LIKE $1) + 1
     ) k ON true WHERE p.slug LIKE $1 ORDER BY random()`,
    [`${kind}-%`],
  )
  return Keys.parse(rows)
}

async function query(database: string, text: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  const { rows } = await client.query(text, values)
  await client.end()
  return rows
}
