import { compareTotals } from '@project-keys/keys'
import { beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import { createKey, createProject, keyOf, keysOf, type Project } from './world.ts'

const service = await startService()
const { admin } = service
let project: Project

beforeEach(async () => {
  project = await createProject(service, admin)
})

const sql = (text: string, values: unknown[] = []) => service.db.pool.query(text, values)
/** `n` keys of the project, as an import would write them; every third one is revoked. */
const importKeys = (n: number, { uuid } = project) =>
  sql(
    `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration, revoked)
     SELECT gen_random_uuid(), $1, 'key ' || n, sha256((gen_random_uuid()::text || n)::bytea), 'abcd', now(), now(),
       CASE WHEN n % 3 = 0 THEN now() END
     FROM generate_series(1, $2) AS n`,
    [uuid, n],
  )

/** The totals of the lists of active and of revoked keys. */
async function totals() {
  const total = async (query: string) =>
    Number((await service.send('GET', `${keysOf(project)}?per_page=0${query}`, admin)).headers.get('x-total-count'))
  return { active: await total(''), revoked: await total('&revoked=true') }
}

describe('the totals of a project', () => {
  test('are right after an import, an update and a delete by SQL', async () => {
    await importKeys(30)
    expect(await totals()).toEqual({ active: 20, revoked: 10 })
    await sql("UPDATE project_keys SET revoked = now() WHERE project = $1 AND name IN ('key 1', 'key 2', 'key 3')", [
      project.uuid,
    ])
    expect(await totals()).toEqual({ active: 18, revoked: 12 })
    await sql("DELETE FROM project_keys WHERE project = $1 AND name IN ('key 1', 'key 4')", [project.uuid])
    expect(await totals()).toEqual({ active: 17, revoked: 11 })
    expect(await compareTotals(service.db)).toEqual([])
  })

  test('follow keys that move to another project', async () => {
    const other = await createProject(service, admin)
    await importKeys(9)
    await sql('UPDATE project_keys SET project = $2 WHERE project = $1', [project.uuid, other.uuid])
    expect(await totals()).toEqual({ active: 0, revoked: 0 })
    expect(await compareTotals(service.db)).toEqual([])
  })

  test('go with a project that is removed, without a trace', async () => {
    await importKeys(9)
    await sql('DELETE FROM projects WHERE uuid = $1', [project.uuid])
    const { rowCount } = await sql('SELECT FROM project_key_totals WHERE project = $1', [project.uuid])
    expect(rowCount).toBe(0)
    expect(await compareTotals(service.db)).toEqual([])
  })

  test('know nothing of what was rolled back', async () => {
    const client = await service.db.pool.connect()
    await client.query('BEGIN')
    await client.query(
      "INSERT INTO project_keys SELECT gen_random_uuid(), $1, null, null, 'a', sha256('a'), 'abcd', now(), now()",
      [project.uuid],
    )
    await client.query('ROLLBACK')
    client.release()
    expect(await totals()).toEqual({ active: 0, revoked: 0 })
  })

  test('stay right while many create, rename and revoke at once', async () => {
    const life = async (name: string, revokes: boolean) => {
      const path = keyOf(project, await createKey(service, admin, project, { name }))
      await service.send('PATCH', path, { ...admin, body: { name: `${name} renamed` } })
      if (revokes) await Promise.all([1, 2].map(() => service.send('DELETE', path, admin)))
    }
    await Promise.all(Array.from({ length: 40 }, (_, n) => life(`key ${n}`, n % 2 === 0)))
    expect(await totals()).toEqual({ active: 20, revoked: 20 })
    expect(await compareTotals(service.db)).toEqual([])
  })

  test('agree with the page that they come with, whatever happens meanwhile', async () => {
    const Page = z.array(z.unknown())
    const writes = Array.from({ length: 30 }, (_, n) => createKey(service, admin, project, { name: `key ${n}` }))
    for (let round = 0; round < 20; round++) {
      const { body, headers } = await service.send('GET', `${keysOf(project)}?per_page=255`, admin)
      expect(Page.parse(body).length).toBe(Number(headers.get('x-total-count')))
    }
    await Promise.all(writes)
  })

  test('that went wrong are found', async () => {
    await importKeys(3)
    await sql('UPDATE project_key_totals SET active = active + 1 WHERE project = $1', [project.uuid])
    expect(await compareTotals(service.db)).toEqual([{ slug: project.slug, kept: '3+1', counted: '2+1' }])
    await sql('UPDATE project_key_totals SET active = active - 1 WHERE project = $1', [project.uuid])
  })
})

describe('deleting a project while its keys are revoked', () => {
  test('deadlocks nobody, and no answer is a 5xx', async () => {
    const keys = await Promise.all(
      Array.from({ length: 20 }, (_, n) => createKey(service, admin, project, { name: `${n}` })),
    )
    const removal = sql('UPDATE projects SET deleted = now() WHERE uuid = $1', [project.uuid])
    const statuses = await Promise.all(
      keys.map(async (key) => (await service.send('DELETE', keyOf(project, key), admin)).status),
    )
    await removal
    for (const status of statuses) expect(status).toBeOneOf([204, 404])
    expect(await compareTotals(service.db)).toEqual([])
  })
})
