import { execute } from '@project-keys/keys/test'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import { createProject, keysOf, namesIn, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let grace: Person
let small: Project
let large: Project

const sql = (text: string, values: unknown[]) => execute(service.databaseUrl, text, values)

/** Keys of two makers and of one who is gone, used at other times and from other addresses, beside so many plain ones. */
async function projectBeside(count: number): Promise<Project> {
  const project = await createProject(service, ada)
  const add = async (name: string, lastFour: string, maker: string | null) =>
    sql(
      `INSERT INTO project_keys (uuid, project, creator, name, hash, last_four, creation, expiration)
       VALUES (gen_random_uuid(), $1, $2, $3, sha256(($1::uuid::text || $3)::bytea), $4, '2026-01-01Z', '2050-01-01Z')`,
      [project.uuid, maker, name, lastFour],
    )
  await add('deploy', 'k3Qz', ada.uuid)
  await add('nightly', '9fTe', grace.uuid)
  await add('release', 'aaaa', null)
  await add('staging', 'k3qz', ada.uuid)
  await sql(
    `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration)
     SELECT gen_random_uuid(), $1::uuid, 'x' || n, sha256(($1::uuid::text || 'x' || n)::bytea), '----', '2026-01-01Z', '2050-01-01Z'
     FROM generate_series(1, $2::int) AS n`,
    [project.uuid, count],
  )
  await sql(
    `INSERT INTO project_key_uses SELECT uuid, '2026-04-30Z'::timestamptz - (CASE name WHEN 'deploy' THEN '1 day' ELSE '9 days' END)::interval,
       CASE name WHEN 'deploy' THEN '10.0.3.7' ELSE '2001:db8::17' END FROM project_keys WHERE project = $1 AND name IN ('deploy', 'nightly')`,
    [project.uuid],
  )
  await sql('ANALYZE project_keys, project_key_uses, users', [])
  return project
}

beforeAll(async () => {
  ada = await signUp(service, 'Olga Lovelace')
  grace = await signUp(service, 'Grace Hopper')
  small = await projectBeside(5)
  large = await projectBeside(20_001)
})

const Answer = z.object({
  result: z.object({ data: z.object({ keys: z.array(z.object({ name: z.string() })), total: z.int() }) }),
})

async function namesOf(project: Project, input: object) {
  const whole = encodeURIComponent(JSON.stringify({ project: project.slug, per_page: 255, ...input }))
  const { body } = await service.send('GET', `/trpc/projectKeys.page?input=${whole}`, ada)
  const { keys, total } = Answer.parse(body).result.data
  expect(total).toBe(keys.length)
  return keys.map(({ name }) => name)
}

describe.each(['a small project', 'one of 20,000 keys'])('the console’s search in %s', (size) => {
  const projectOf = () => (size === 'a small project' ? small : large)
  const found = (search: string) => namesOf(projectOf(), { search })

  test('finds keys by their last four letters, as they are shown and in any letter case', async () => {
    for (const text of ['k3Qz', 'K3QZ', '…k3Qz', 'bencher_run_…k3Qz', '...k3Qz']) {
      expect(await found(text), text).toEqual(['deploy', 'staging'])
    }
    expect(await found('3Qz')).toEqual([])
  })

  test('finds keys by the beginning of any word of the maker’s name, and of their address', async () => {
    for (const text of ['OLGA', 'Lovel', 'olga lovelace', ada.email.slice(0, 8)]) {
      expect(await found(text), text).toEqual(['deploy', 'staging'])
    }
    expect(await found('hopper')).toEqual(['nightly'])
    expect(await found('velace')).toEqual([])
  })

  test('finds keys by the beginning of the address of their last use', async () => {
    for (const text of ['10.0.3.7', '10.0', '10.']) expect(await found(text), text).toEqual(['deploy'])
    for (const text of ['2001:db8', '2001:DB8::17']) expect(await found(text), text).toEqual(['nightly'])
    expect(await found('0.3.7')).toEqual([])
    expect(await found('%.0')).toEqual([])
  })

  test('finds a key once that matches in several ways, beside those that match in one', async () => {
    await sql("UPDATE project_keys SET name = 'olga deploy' WHERE project = $1 AND name = 'deploy'", [projectOf().uuid])
    expect(await found('olga')).toEqual(['olga deploy', 'staging'])
    await sql("UPDATE project_keys SET name = 'deploy' WHERE project = $1 AND name = 'olga deploy'", [projectOf().uuid])
  })

  test('finds only keys in the state of the tab, and sorts what it finds', async () => {
    expect(await namesOf(projectOf(), { search: 'olga', state: 'revoked' })).toEqual([])
    expect(await namesOf(projectOf(), { search: 'olga', sort: 'last_used' })).toEqual(['staging', 'deploy'])
    expect(await namesOf(projectOf(), { search: 'lovelace', sort: 'creator', direction: 'desc' })).toEqual([
      'staging',
      'deploy',
    ])
  })

  test('REST goes on searching names and UUIDs alone', async () => {
    for (const text of ['k3Qz', 'lovelace', '10.0.3.7']) {
      const { body } = await service.send('GET', `${keysOf(projectOf())}?search=${text}`, ada)
      expect([text, namesIn(body)]).toEqual([text, []])
    }
  })
})

test('the console sorts by the last use: what was never used is the oldest', async () => {
  const names = await namesOf(small, { sort: 'last_used' })
  expect(names).toEqual(['release', 'staging', 'x1', 'x2', 'x3', 'x4', 'x5', 'nightly', 'deploy'])
  expect(await namesOf(small, { sort: 'last_used', direction: 'desc' })).toEqual(names.toReversed())
})

test('the console sorts by the name of the maker, keys without one last', async () => {
  const names = await namesOf(small, { sort: 'creator' })
  expect(names).toEqual(['nightly', 'deploy', 'staging', 'release', 'x1', 'x2', 'x3', 'x4', 'x5'])
  expect(await namesOf(small, { sort: 'creator', direction: 'desc' })).toEqual(names.toReversed())
})

test('API tokens are not sorted so, because they have no such columns: 400', async () => {
  const input = encodeURIComponent(JSON.stringify({ user: ada.uuid, sort: 'last_used' }))
  expect((await service.send('GET', `/trpc/userKeys.page?input=${input}`, ada)).status).toBe(400)
})
