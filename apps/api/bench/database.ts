import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstRun, migrate, openDatabase, wholeSecond } from '@project-keys/keys'
import { startEmbedded } from '@project-keys/postgres'
import pg from 'pg'
import { z } from 'zod'

/** A project of the benchmark, with the UUIDs of its keys. */
export type Project = { slug: string; keys: string[] }

const SIZES = { small: 1000, large: 100_000, revocable: 20_000 }

/** The plaintext of a project's nth key, because the benchmark must send it. */
export const keyOf = (slug: string, n: number) =>
  `bencher_run_${slug.padStart(12, '0').slice(0, 12)}${String(n).padStart(18, '0')}`

/** A temporary PostgreSQL for so many connections with three projects: the benchmark revokes the keys of `revocable`. */
export async function benchDatabase({ connections = 100 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'keys-bench-'))
  // As root, PostgreSQL runs as another user, who must be able to reach its files.
  await chmod(folder, 0o755)
  const start = () => startEmbedded({ folder, log: console.error })
  const first = await start()
  await run(first.url, `ALTER SYSTEM SET max_connections = ${connections}`)
  await first.stop()
  const { url, stop } = await start()
  const close = async () => {
    await stop()
    await rm(folder, { recursive: true, force: true })
  }
  await migrate({ url })
  await makeOwner(url)
  return { url, folder, close, ...(await fill(url)) }
}

async function run(url: string, sql: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(sql)
  await client.end()
}

async function makeOwner(url: string) {
  const db = openDatabase({ url })
  await firstRun(db, { ownerEmail: 'owner@localhost', now: wholeSecond(new Date()) })
  await db.close()
}

const Version = z.tuple([z.object({ version: z.string() })])
const Uuids = z.array(z.object({ uuid: z.string() }))

/** Fills a database of this or of another commit, whose schema has these columns, too. */
export async function fill(url: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const project = async (slug: keyof typeof SIZES): Promise<Project> => {
    await client.query(
      `INSERT INTO projects (uuid, organization, name, slug, visibility, created, modified)
       SELECT gen_random_uuid(), uuid, $1::text, $1::text, 'public', now(), now() FROM organizations`,
      [slug],
    )
    const { rows } = await client.query(
      `INSERT INTO project_keys (uuid, project, creator, name, hash, last_four, creation, expiration)
       SELECT gen_random_uuid(), p.uuid, u.uuid, 'key ' || n, sha256(('bencher_run_' || lpad($1::text, 12, '0') || lpad(n::text, 18, '0'))::bytea), 'abcd', now(), now() + '1 year'
       FROM generate_series(1, $2::int) AS n, projects p, users u WHERE p.slug = $1::text RETURNING uuid`,
      [slug, SIZES[slug]],
    )
    return { slug, keys: Uuids.parse(rows).map(({ uuid }) => uuid) }
  }
  try {
    const projects = {
      small: await project('small'),
      large: await project('large'),
      revocable: await project('revocable'),
    }
    await client.query('VACUUM ANALYZE')
    const { rows } = await client.query("SELECT current_setting('server_version') AS version")
    return { ...projects, version: Version.parse(rows)[0].version }
  } finally {
    await client.end()
  }
}
