import { randomUUID } from 'node:crypto'
import { execute } from '@project-keys/keys/test'
import { beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import { createKey, createProject, keyOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project

beforeEach(async () => {
  ada = await signUp(service, 'Ada')
  project = await createProject(service, ada)
})

const add = (body: { name?: string; ttl?: number; scopes?: string[] } = {}) =>
  createKey(service, ada, project, { name: 'ci', ...body })
const addForeign = async () => {
  const grace = await signUp(service, 'Grace')
  return createKey(service, grace, await createProject(service, grace), { name: 'foreign' })
}

const Answer = z.object({ result: z.object({ data: z.unknown() }) })
const dataOf = (body: unknown) => Answer.parse(body).result.data
const mutate = (name: string, input: object, { token } = ada) =>
  service.send('POST', `/trpc/projectKeys.${name}`, { token, body: { project: project.slug, ...input } })

async function matching(input: object) {
  const found: string[] = []
  for (let after: string | null | undefined; after !== null; ) {
    const asked = { project: project.slug, there_at: service.clock.now.toISOString(), ...input, after }
    const query = encodeURIComponent(JSON.stringify(asked))
    const { body } = await service.send('GET', `/trpc/projectKeys.matching?input=${query}`, ada)
    const page = z.object({ keys: z.array(z.string()), next: z.string().nullable() }).parse(dataOf(body))
    found.push(...page.keys)
    after = page.next
  }
  return found
}

const wait = (ms: number) => {
  service.clock.now = new Date(service.clock.now.getTime() + ms)
}
const later = (days: number) =>
  new Date(service.clock.now.getTime() + days * 86_400_000).toISOString().replace(/\.\d+/, '')

test('all that match are those that were there, whatever was made since', async () => {
  const [one, two] = [await add({ name: 'ci 1' }), await add({ name: 'ci 2' })]
  await add({ name: 'other' })
  const there_at = service.clock.now.toISOString()
  wait(1_000)
  const since = await add({ name: 'ci 3' })
  expect(await matching({ search: 'ci', there_at })).toEqual([one.uuid, two.uuid])
  expect(await matching({ search: 'ci' })).toEqual([one.uuid, two.uuid, since.uuid])
  await service.send('DELETE', keyOf(project, two), ada)
  expect(await matching({ search: 'ci', there_at })).toEqual([one.uuid])
})

test('what matches is what the list of the console shows: also by maker, by the last four letters and outside the policy', async () => {
  const key = await add({ name: 'ci' })
  const scoped = await add({ name: 'scoped', scopes: ['a'] })
  const [{ last_four } = { last_four: '' }] = await service.db.prisma.projectKey.findMany({ where: { uuid: key.uuid } })
  expect(await matching({ search: `…${last_four}` })).toEqual([key.uuid])
  expect(await matching({ search: 'Ada' })).toEqual([key.uuid, scoped.uuid])
  await service.send('PATCH', `/v0/projects/${project.slug}`, {
    ...ada,
    body: { key_policy: { require_scopes: true } },
  })
  expect(await matching({ attention: 'outside_policy' })).toEqual([key.uuid])
  expect(await matching({ state: 'revoked' })).toEqual([])
})

test('of a project with many keys all that match are read page by page, each once', async () => {
  await execute(
    service.databaseUrl,
    `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration)
     SELECT gen_random_uuid(), $1::uuid, 'key ' || n % 10, sha256(($1::text || n)::bytea), 'abcd', '2026-01-01', '2100-01-01'
     FROM generate_series(1, 11000) n`,
    [project.uuid],
  )
  const found = await matching({ search: 'key 3' })
  expect([found.length, new Set(found).size]).toEqual([1100, 1100])
})

test('the impact counts the keys that are in use today, by their makers, and nothing of another project', async () => {
  const [used, revoked, expired] = [await add(), await add(), await add({ name: 'ci', ttl: 1 })]
  const foreign = await addForeign()
  await service.send('DELETE', keyOf(project, revoked), ada)
  const day = service.clock.now
  await service.db.prisma
    .$executeRaw`INSERT INTO project_key_calls (key, day, calls) VALUES (${used.uuid}::uuid, ${day}::date, 3), (${foreign.uuid}::uuid, ${day}::date, 3)`
  wait(2_000)
  const keys = [used, revoked, expired, foreign].map(({ uuid }) => uuid)
  const { body } = await mutate('impact', { keys: [...keys, randomUUID()] })
  expect(dataOf(body)).toEqual({
    ...{ active: 1, expired: 1, revoked: 1, used_today: 1 },
    makers: [{ uuid: ada.uuid, name: 'Ada', keys: 2 }],
  })
})

test('many keys are renewed by the rules for one: each with its outcome, in the order of the request', async () => {
  const scoped = await add({ name: 'scoped', scopes: ['a'] })
  const [open, dead] = [await add(), await add()]
  const expired = await add({ name: 'expired', ttl: 1, scopes: ['a'] })
  wait(2_000)
  await service.send('DELETE', keyOf(project, dead), ada)
  await service.send('PATCH', `/v0/projects/${project.slug}`, {
    ...ada,
    body: { key_policy: { require_scopes: true } },
  })
  const unknown = randomUUID()
  const keys = [unknown, open.uuid, scoped.uuid, dead.uuid, expired.uuid, scoped.uuid]
  const expiration = later(30)
  const reason = expect.stringContaining('requires that a key has `scopes`')
  expect(dataOf((await mutate('renewMany', { keys, expiration })).body)).toEqual([
    { uuid: unknown, outcome: 'not_found', reason: null },
    { uuid: open.uuid, outcome: 'refused', reason },
    { uuid: scoped.uuid, outcome: 'renewed', reason: null },
    { uuid: dead.uuid, outcome: 'revoked', reason: null },
    { uuid: expired.uuid, outcome: 'renewed', reason: null },
  ])
  const one = await service.send('GET', keyOf(project, expired), ada)
  expect(one.body).toMatchObject({ expiration })
  expect((await service.send('GET', keyOf(project, open), ada)).body).not.toMatchObject({ expiration })
  const verify = () => service.send('GET', '/v0/verify', { token: expired.key })
  expect((await verify()).status).toBe(200)
  expect((await mutate('renewMany', { keys, expiration: '2020-01-01T00:00:00Z' })).status).toBe(400)
})

test('a selection is exported in parts that together are one file, with no key of another project', async () => {
  const foreign = await addForeign()
  const keys = [await add({ name: '=b' }), await add({ name: 'a' })]
  const input = { keys: [...keys.map(({ uuid }) => uuid), foreign.uuid], format: 'csv' }
  const part = async (is_first: boolean) =>
    z
      .object({ text: z.string() })
      .parse(dataOf((await mutate('exportSelected', { ...input, is_first })).body))
      .text.split('\r\n')
  const [head, ...rows] = await part(true)
  expect(head).toMatch(/^"uuid","name"/)
  expect(rows.map((row) => row.split(',')[1])).toEqual([`"'=b"`, '"a"', undefined])
  expect(await part(false)).toEqual(rows)
})
