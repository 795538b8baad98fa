import { execute } from '@project-keys/keys/test'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import { createKey, createProject, createUserKey, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const DAY = 24 * 60 * 60 // s
const service = await startService()
let ada: Person
let project: Project

/** By the time they expire: `over`, `soon`, `later`, `endless`; made a second after each other. */
const keys = [
  { name: 'later', ttl: 40 * DAY },
  { name: 'over', ttl: 10 },
  { name: 'soon', ttl: 5 * DAY },
]
const now = () => service.clock.now

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
  for (const key of [...keys, { name: 'endless' }, { name: 'revoked', ttl: DAY }]) {
    const { uuid } = await createKey(service, ada, project, key)
    await createUserKey(service, ada, key)
    if (key.name === 'revoked') await service.send('DELETE', keyOf(project, { uuid }), ada)
    service.wait(1)
  }
  service.wait(10)
})

const Answer = z.object({
  result: z.object({
    data: z.object({ keys: z.array(z.object({ name: z.string() })), total: z.int(), more: z.boolean().optional() }),
  }),
})

async function answerOf(procedure: string, input: object) {
  const whole = encodeURIComponent(JSON.stringify({ project: project.slug, user: ada.uuid, ...input }))
  const { text } = await service.send('GET', `/trpc/${procedure}?input=${whole}`, ada)
  return Answer.parse(JSON.parse(text)).result.data
}

async function page(procedure: string, input: object) {
  const data = await answerOf(procedure, input)
  return { names: data.keys.map(({ name }) => name).filter((name) => name !== 'revoked'), total: data.total }
}

const inDays = (days: number) => new Date(now().getTime() + days * DAY * 1000).toISOString()

describe.each(['projectKeys.page', 'userKeys.page'])('the console’s %s', (procedure) => {
  const revoked = procedure === 'userKeys.page' ? 1 : 0 // there it is not revoked

  test('sorts by when keys expire and by when they were made, both ways', async () => {
    const names = async (sort: string, direction: string) => (await page(procedure, { sort, direction })).names
    const byExpiry = ['soon', 'later', 'endless']
    expect(await names('expiration', 'asc')).toEqual(byExpiry)
    expect(await names('expiration', 'desc')).toEqual(byExpiry.toReversed())
    expect(await names('creation', 'asc')).toEqual(['later', 'soon', 'endless'])
    expect(await names('creation', 'desc')).toEqual(['endless', 'soon', 'later'])
    expect((await page(procedure, { sort: 'creation' })).total).toBe(3 + revoked)
  })

  test('finds those that expire from one time on and before another, and counts them', async () => {
    const within = { expires_from: inDays(0), expires_before: inDays(30), sort: 'expiration' }
    expect(await page(procedure, within)).toEqual({ names: ['soon'], total: 1 + revoked })
    expect(await page(procedure, { expires_before: inDays(0) })).toEqual({ names: [], total: 0 })
    expect(await page(procedure, { expires_before: inDays(0), state: 'expired' })).toEqual({
      names: ['over'],
      total: 1,
    })
    expect(await page(procedure, { ...within, search: 'nope' })).toEqual({ names: [], total: 0 })
    expect((await page(procedure, { expires_from: inDays(0), search: 'O' })).names).toEqual(['soon'])
  })
})

test('counts the next 1,000 that match an expiry, says if there are more, and has a page for each of them', async () => {
  const other = await createProject(service, ada)
  await execute(
    service.databaseUrl,
    `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration)
     SELECT gen_random_uuid(), $1::uuid, 'key ' || lpad(n::text, 4, '0'), sha256(($1::uuid::text || n)::bytea), 'abcd',
       now(), '2050-01-01'::timestamptz + n * interval '1 s' FROM generate_series(1, 1005) AS n`,
    [other.uuid],
  )
  const span = { project: other.slug, expires_from: '2050-01-01T00:00:00Z', sort: 'expiration', per_page: 2 }
  const totals = async (input: object) => {
    const { keys, total, more } = await answerOf('projectKeys.page', { ...span, ...input })
    return { first: keys[0]?.name, total, more }
  }
  expect(await totals({})).toEqual({ first: 'key 0001', total: 1000, more: true })
  expect(await totals({ page: 3 })).toEqual({ first: 'key 0005', total: 1004, more: true })
  expect(await totals({ page: 4 })).toEqual({ first: 'key 0007', total: 1005, more: false })
  expect(await totals({ page: 503 })).toEqual({ first: 'key 1005', total: 1005, more: false })
  expect(await totals({ page: 504 })).toEqual({ first: undefined, total: 1005, more: false })
  expect(await totals({ search: 'key' })).toEqual({ first: 'key 0001', total: 1005, more: false })
  expect(await totals({ expires_from: undefined, search: 'key' })).toEqual({
    first: 'key 0001',
    total: 1005,
    more: false,
  })
  expect(await totals({ expires_from: undefined })).toEqual({ first: 'key 0001', total: 1005, more: false })
})

test('a time that is none is refused with a sentence', async () => {
  const input = encodeURIComponent(JSON.stringify({ project: project.slug, expires_from: 'today' }))
  const { status, text } = await service.send('GET', `/trpc/projectKeys.page?input=${input}`, ada)
  expect(status).toBe(400)
  expect(text).toContain('must be a time in UTC')
})

test('GET /v0/projects/{project}/keys goes on sorting by name alone: 400', async () => {
  expect((await service.send('GET', `${keysOf(project)}?sort=expiration`, ada)).status).toBe(400)
})
