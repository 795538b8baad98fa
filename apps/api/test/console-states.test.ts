import { execute } from '@project-keys/keys/test'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import {
  createKey,
  createProject,
  createUserKey,
  keyOf,
  keysOf,
  namesIn,
  type Person,
  type Project,
  signUp,
} from './world.ts'

const service = await startService()
let ada: Person
let project: Project

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
  for (const key of [{ name: 'brief', ttl: 60 }, { name: 'long' }, { name: 'revoked' }, { name: 'both', ttl: 60 }]) {
    const made = await createKey(service, ada, project, key)
    const token = await createUserKey(service, ada, key)
    if (key.ttl && key.name !== 'both') continue
    if (key.name === 'long') continue
    await service.send('DELETE', keyOf(project, made), ada)
    await service.send('DELETE', `/v0/users/${ada.uuid}/keys/${token.uuid}`, ada)
  }
})

const Count = z.object({ total: z.int(), more: z.boolean() })
const Data = Count.extend({
  keys: z.array(z.object({ name: z.string() })),
  counts: z.object({ active: Count, expired: Count, revoked: Count }),
})
const Answer = z.object({ result: z.object({ data: Data }) })

async function page(procedure: string, input: object, at = project) {
  const whole = encodeURIComponent(JSON.stringify({ project: at.slug, user: ada.uuid, ...input }))
  const { body } = await service.send('GET', `/trpc/${procedure}?input=${whole}`, ada)
  const { keys, ...rest } = Answer.parse(body).result.data
  return { names: keys.map(({ name }) => name), ...rest }
}
const exactly = (total: number) => ({ total, more: false })

describe.each(['projectKeys.page', 'userKeys.page'])('the console’s %s', (procedure) => {
  const namesOf = async () => {
    const states = ['active', 'expired', 'revoked']
    return Promise.all(states.map(async (state) => (await page(procedure, { state })).names))
  }

  test('lists a key as active until the second of its expiration, then as expired, and a revoked one as revoked alone', async () => {
    const { now } = service.clock
    service.wait(59)
    expect(await namesOf()).toEqual([['brief', 'long'], [], ['both', 'revoked']])
    service.wait(1)
    expect(await namesOf()).toEqual([['long'], ['brief'], ['both', 'revoked']])
    service.clock.now = now
  })

  test('says how many keys each tab lists, whatever the filters, and how many match', async () => {
    const { now } = service.clock
    service.wait(60)
    const counts = { active: exactly(1), expired: exactly(1), revoked: exactly(2) }
    expect(await page(procedure, {})).toMatchObject({ ...exactly(1), counts })
    expect(await page(procedure, { state: 'expired', search: 'nothing' })).toMatchObject({ ...exactly(0), counts })
    expect(await page(procedure, { state: 'revoked', per_page: 1 })).toMatchObject({ ...exactly(2), counts })
    service.clock.now = now
  })
})

test('GET /v0/projects/{project}/keys goes on listing expired keys with the active ones', async () => {
  service.wait(60)
  const { body, headers } = await service.send('GET', keysOf(project), ada)
  expect([namesIn(body), headers.get('x-total-count')]).toEqual([['brief', 'long'], '2'])
})

/** Adds expired or active keys, whose names tell which. */
const fill = (at: Project, word: string, count: number, expiration: string) =>
  execute(
    service.databaseUrl,
    `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration)
     SELECT gen_random_uuid(), $1::uuid, $2::text || ' ' || lpad(n::text, 5, '0'), sha256(($1::uuid::text || $2 || n)::bytea),
       'abcd', '2020-01-01Z', $4::timestamptz + n * interval '1 s' FROM generate_series(1, $3::int) AS n`,
    [at.uuid, word, count, expiration],
  )
const PAST = '2021-01-01T00:00:00Z'
const FUTURE = '2050-01-01T00:00:00Z'

describe('with more than 10,000 expired keys', () => {
  let old: Project

  beforeAll(async () => {
    old = await createProject(service, ada)
    await fill(old, 'dead', 10_002, PAST)
    await fill(old, 'live', 7, FUTURE)
  })
  const list = (input: object) => page('projectKeys.page', { per_page: 5, ...input }, old)
  const counts = { active: exactly(7), expired: { total: 10_000, more: true }, revoked: exactly(0) }

  test('counts the expired ones up to 10,000, and the active ones exactly', async () => {
    expect(await list({})).toMatchObject({ ...exactly(7), counts })
    expect(await list({ state: 'expired' })).toMatchObject({ total: 10_000, more: true, counts })
  })

  test('has a page for each of them', async () => {
    expect(await list({ state: 'expired', page: 2000 })).toMatchObject({ names: { length: 5 }, counts })
    expect(await list({ state: 'expired', page: 2001 })).toMatchObject({
      names: ['dead 10001', 'dead 10002'],
      ...exactly(10_002),
      counts,
    })
    expect(await list({ state: 'expired', page: 2002 })).toMatchObject({ names: [], ...exactly(10_002) })
  })

  test.each(['name', 'creation', 'expiration'])('lists the few active ones among them, sorted by %s', async (sort) => {
    const names = ['live 00001', 'live 00002', 'live 00003', 'live 00004', 'live 00005']
    expect((await list({ sort })).names).toEqual(names)
    expect((await list({ sort, page: 2 })).names).toEqual(['live 00006', 'live 00007'])
    expect((await list({ sort, direction: 'desc', per_page: 2 })).names).toEqual(['live 00007', 'live 00006'])
  })

  test('counts active keys up to 10,000, too, if there are as many', async () => {
    await fill(old, 'more', 10_005, FUTURE)
    const many = { total: 10_000, more: true }
    expect(await list({})).toMatchObject({ ...many, counts: { active: many, expired: many } })
    expect(await list({ page: 2003 })).toMatchObject({ names: ['more 10004', 'more 10005'], ...exactly(10_012) })
  })
})
