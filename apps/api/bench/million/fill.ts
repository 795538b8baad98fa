import pg from 'pg'
import { z } from 'zod'

/** How many projects there are, of how many keys each. Their slugs are `NAME-1`, `NAME-2` and so on. */
type Projects = { name: string; projects: number; keys: number }

const Indexes = z.array(z.object({ name: z.string(), definition: z.string() }))

/**
 * Fills a migrated database with keys by SQL, about a minute a million. Of ten keys one is revoked, creations lie within
 * two years, and expirations within four years after them. In each project three names contain `zebra`.
 */
export async function fill(url: string, kinds: Projects[], log: (line: string) => void) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  // Triggers and foreign keys would take most of the time: the totals are counted at the end.
  await client.query("SET session_replication_role = replica; SET maintenance_work_mem = '1GB'")
  const restoreIndexes = await dropIndexes(client)
  for (const { name, projects, keys } of kinds) {
    for (let first = 1; first <= projects; first += 100) {
      await client.query(PROJECTS, [name, first, Math.min(first + 99, projects)])
      await client.query(KEYS, [name, first, Math.min(first + 99, projects), keys])
    }
    log(`${name}: ${projects} of ${keys} keys`)
  }
  await restoreIndexes(log)
  await client.query(TOTALS)
  await client.query('VACUUM ANALYZE')
  await client.end()
}

/** Drops the indexes that no constraint needs, and returns what makes them again, because rows alone are faster. */
async function dropIndexes(client: pg.Client) {
  const { rows } = await client.query(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
     WHERE indrelid = 'project_keys'::regclass AND NOT indisprimary`,
  )
  const indexes = Indexes.parse(rows)
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`)
  return async (log: (line: string) => void) => {
    for (const { name, definition } of indexes) {
      const began = performance.now()
      await client.query(definition)
      log(`${name}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
    }
  }
}

const PROJECTS = `INSERT INTO projects (uuid, organization, name, slug, visibility, created, modified)
  SELECT gen_random_uuid(), o.uuid, named, named, 'private', now(), now()
  FROM organizations o, generate_series($2::int, $3::int) AS n, concat($1::text, '-', n) AS named`

const KEYS = `INSERT INTO project_keys (uuid, project, creator, name, hash, last_four, creation, expiration, revoked, revoker)
  SELECT gen_random_uuid(), p.uuid, u.uuid,
    CASE WHEN n <= 3 THEN 'zebra ' ELSE '' END || substr(md5(p.slug || n), 1, 10),
    sha256((p.slug || ' ' || n)::bytea), 'abcd', creation, creation + random() * interval '4 years',
    CASE WHEN n % 10 = 0 THEN now() END, CASE WHEN n % 10 = 0 THEN u.uuid END
  FROM generate_series($2::int, $3::int) AS m JOIN projects p ON p.slug = concat($1::text, '-', m), users u,
    generate_series(1, $4::int) AS n, LATERAL (SELECT now() - random() * interval '2 years' * sign(n) AS creation)
  WHERE u.admin`

const TOTALS = `INSERT INTO project_key_totals (project, slot, active, revoked)
  SELECT project, 0, count(*) - count(revoked), count(revoked) FROM project_keys GROUP BY project`
