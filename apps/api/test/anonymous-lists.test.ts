import { execute } from '@project-keys/keys/test'
import { expect, test } from 'vitest'
import { startService } from './service.ts'
import { createProject, signUp } from './world.ts'

const service = await startService()
const PROJECTS = 20_000
const SEARCHERS = 20
const AT_WORK = `SELECT count(*)::int AS count FROM pg_stat_activity
  WHERE datname = current_database() AND state = 'active' AND query LIKE '%p.visibility = ''public''%'
    AND pid <> pg_backend_pid()`

test('anonymous searches occupy two connections at most, however many run at once', async () => {
  const { organization } = await createProject(service, await signUp(service))
  await execute(
    service.databaseUrl,
    `INSERT INTO projects (uuid, organization, name, slug, visibility, created, modified)
     SELECT gen_random_uuid(), $1, 'Project ' || n, 'n-' || n, 'public', now(), now() FROM generate_series(1, ${PROJECTS}) AS n`,
    [organization],
  )
  const search = () => service.send('GET', '/v0/projects?search=project')
  let left = 3 * SEARCHERS
  const searchers = Array.from({ length: SEARCHERS }, async () => {
    while (left-- > 0) expect((await search()).status).toBe(200)
  })
  const samples: number[] = []
  const sampler = (async () => {
    while (left > 0) samples.push(Number((await execute(service.databaseUrl, AT_WORK))[0]?.count))
  })()
  await Promise.all([...searchers, sampler])
  expect(Math.max(...samples)).toBeGreaterThan(0)
  expect(Math.max(...samples)).toBeLessThanOrEqual(2)
})
