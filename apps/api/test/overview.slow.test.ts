import { execute } from '@project-keys/keys/test'
import { beforeAll, expect, test } from 'vitest'
import { startService } from './service.ts'
import { createProject, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let leader: Person
let project: Project

const ask = async (name: string, input: object) => {
  const path = `/trpc/${name}?input=${encodeURIComponent(JSON.stringify(input))}`
  expect((await service.send('GET', path, leader)).status).toBe(200)
}

/** 100,000 keys in 1,000 projects, of which most were used. */
beforeAll(async () => {
  leader = await signUp(service, 'Leader')
  project = await createProject(service, leader)
  for (const text of [
    `INSERT INTO projects (uuid, organization, name, slug, visibility, created, modified)
     SELECT gen_random_uuid(), '${project.organization}', 'p ' || n, 'p-' || n, 'private', now(), now()
     FROM generate_series(1, 999) n`,
    `INSERT INTO project_keys (uuid, project, creator, name, hash, last_four, creation, expiration)
     SELECT gen_random_uuid(), p.uuid, '${leader.uuid}', 'key ' || n, sha256((p.uuid || n::text)::bytea), 'abcd', '2026-01-01',
       '2030-01-01' FROM projects p, generate_series(1, 100) n WHERE p.organization = '${project.organization}'`,
    `INSERT INTO project_key_uses SELECT uuid, '2026-04-01' FROM project_keys WHERE random() < 0.8`,
    'ANALYZE',
  ]) {
    await execute(service.databaseUrl, text)
  }
}, 120_000)

const median = (times: number[]) => times.sort((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0
const timed = async (work: () => Promise<unknown>) => {
  const began = performance.now()
  await work()
  return performance.now() - began
}

test('a page of all keys of an organization costs at most 1.5 times the list of one project, both measured in turns', async () => {
  const [all, one]: [number[], number[]] = [[], []]
  for (let n = 0; n < 300; n++) {
    all.push(await timed(() => ask('overview.keys', { organization: project.organization, per_page: 25 })))
    one.push(await timed(() => ask('projectKeys.page', { project: project.uuid, per_page: 25 })))
  }
  expect(median(all) / median(one)).toBeLessThan(1.5)
})

test('its counts are asked in a moment, and once for many who ask', async () => {
  const input = { organization: project.organization, per_page: 25 }
  const first = await timed(() => ask('overview.counts', input))
  const again = await timed(() => ask('overview.counts', input))
  // 100 ms on a machine that does nothing else; this one may run other tests.
  expect(first).toBeLessThan(500)
  expect(again).toBeLessThan(first / 4)
})
