import { execute } from '@project-keys/keys/test'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
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
const { pool } = service.db
let ada: Person
let project: Project
const Query = z.union([
  z.string().transform((text) => ({ name: undefined, text, values: [] })),
  z.object({ name: z.string().optional(), text: z.string(), values: z.array(z.unknown()).default([]) }),
])
/** The statements that were sent to the database, one for each round trip. */
const sent: z.output<typeof Query>[] = []
/** For no request: how keys were used, what changed, and what a new connection is told. */
const UNASKED = /record_key_usage|n\.horizon|set_config\(/

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
  const { query } = pg.Client.prototype
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...given: unknown[]) {
    const asked = Query.parse(given[0])
    if (!UNASKED.test(asked.text)) sent.push(asked)
    return Reflect.apply(query, this, given)
  })
})
afterAll(() => void vi.restoreAllMocks())

/** The number of round trips of a request. */
async function roundTrips(method: string, path: string, content: { token: string; body?: unknown }) {
  sent.length = 0
  expect((await service.send(method, path, content)).status).toBeLessThan(300)
  return sent.length
}

test('a request about keys does two round trips: who is it and may they, then one statement', async () => {
  const token = (await createUserKey(service, ada, { name: 'cli' })).key
  for (const credential of [{ token: ada.token }, { token }]) {
    const key = await createKey(service, ada, project, { name: 'a' })
    expect(await roundTrips('GET', keysOf(project), credential)).toBe(2)
    expect(await roundTrips('GET', `${keysOf(project)}?per_page=255&search=a&name=a`, credential)).toBe(2)
    expect(await roundTrips('POST', keysOf(project), { ...credential, body: { name: 'b' } })).toBe(2)
    expect(await roundTrips('GET', keyOf(project, key), credential)).toBe(2)
    expect(await roundTrips('PATCH', keyOf(project, key), { ...credential, body: { name: 'c' } })).toBe(2)
    const settings = { scopes: ['a'], metadata: { a: 'b' }, rate_limit: { requests: 1, seconds: 1 } }
    expect(await roundTrips('PATCH', keyOf(project, key), { ...credential, body: settings })).toBe(2)
    expect(await roundTrips('POST', keysOf(project), { ...credential, body: { name: 'd', ...settings } })).toBe(2)
    expect(await roundTrips('DELETE', keyOf(project, key), credential)).toBe(2)
  }
})

test('a write of a key is one statement, in no transaction that has to be begun', async () => {
  await roundTrips('POST', keysOf(project), { ...ada, body: { name: 'one' } })
  expect(sent.slice(1).map(({ text }) => text)).toEqual([expect.stringMatching(/^\s*INSERT INTO \S*project_keys/)])
})

test('a project key opens its project in two round trips, once it is known for its use to be counted', async () => {
  const { key: token } = await createKey(service, ada, project, { name: 'ci' })
  await service.verifier.verify(token)
  expect(await roundTrips('GET', `/v0/projects/${project.slug}`, { token })).toBe(2)
})

test('a key that is remembered is verified without a round trip, one that is not by one', async () => {
  const { key: token } = await createKey(service, ada, project, { name: 'ci' })
  expect(await roundTrips('GET', '/v0/verify', { token })).toBe(1)
  for (const query of ['', `?project=${project.slug}`, `?project=${project.uuid}`]) {
    expect(await roundTrips('GET', `/v0/verify${query}`, { token })).toBe(0)
  }
})

test('the version, and a credential that is none, cost no round trip', async () => {
  expect(await roundTrips('GET', '/v0/server/version', ada)).toBe(0)
  await service.send('GET', keysOf(project))
  await service.send('GET', keysOf(project), { token: 'no credential' })
  expect(sent).toEqual([])
})

const Plan = z.tuple([
  z.object({
    'QUERY PLAN': z.tuple([
      z.object({ Plan: z.looseObject({ 'Shared Hit Blocks': z.int(), 'Shared Read Blocks': z.int() }) }),
    ]),
  }),
])

/** The number of blocks that the list reads, and the indexes it uses. */
const planOfList = (query: string, at: Project) => planOf(`${keysOf(at)}?${query}`)
/** The same of the console's list. */
const planOfPage = (query: object, at: Project) =>
  planOf(`/trpc/projectKeys.page?input=${encodeURIComponent(JSON.stringify({ ...query, project: at.slug }))}`)

async function planOf(path: string) {
  // The first request of a search learns how large the project is.
  await roundTrips('GET', path, ada)
  await roundTrips('GET', path, ada)
  const list = sent.at(-1) ?? Query.parse('')
  const rows = await explain(list)
  const [{ 'QUERY PLAN': plans }] = Plan.parse(rows)
  const [{ Plan: plan }] = plans
  return { blocks: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], plan: JSON.stringify(plan) }
}

/** By the plan that it has there: what has a name is planned once, whatever its values. Warm, as there. */
async function explain({ name, text, values }: z.output<typeof Query>) {
  const client = await pool.connect()
  try {
    const mode = name ? 'force_generic_plan' : 'force_custom_plan'
    await client.query(`SET plan_cache_mode = ${mode}; PREPARE explained AS ${text}`)
    const given = values.map((value) => pg.escapeLiteral(String(value)))
    const question = `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE explained (${given})`
    await client.query(question)
    return (await client.query(question)).rows
  } finally {
    client.release(true)
  }
}

describe('a list at 1,000 and at 20,000 keys', () => {
  let small: Project
  let large: Project

  beforeAll(async () => {
    small = await filled(1000)
    large = await filled(20_000)
    await execute(service.databaseUrl, 'VACUUM ANALYZE project_keys, project_key_totals')
  })

  test.each([
    ['revoked=false', 'project_keys_active'],
    ['revoked=true', 'project_keys_revoked'],
    ['direction=desc', 'project_keys_active'],
  ])('costs the same for %s, by the index %s', async (query, index) => {
    const few = await planOfList(query, small)
    const many = await planOfList(query, large)
    expect(many.plan).toContain(`"Index Name":"${index}"`)
    expect(many.plan).not.toMatch(/"Seq Scan"[^{}]*"Relation Name":"project_keys"/)
    // An index of 20,000 entries may be a level deeper than one of 1,000.
    expect(many.blocks).toBeLessThanOrEqual(few.blocks + 4)
  })

  test.each([
    [{ sort: 'creation' }, 'project_keys_active_by_creation'],
    [{ sort: 'creation', direction: 'desc', state: 'revoked' }, 'project_keys_revoked_by_creation'],
    [{ sort: 'expiration', direction: 'desc' }, 'project_keys_active_by_expiration'],
    [{ sort: 'expiration', state: 'revoked' }, 'project_keys_revoked_by_expiration'],
  ])('costs the same for %j in the console, by the index %s, even if all times are equal', async (query, index) => {
    const few = await planOfPage(query, small)
    const many = await planOfPage(query, large)
    expect(many.plan).toContain(`"Index Name":"${index}"`)
    expect(many.blocks).toBeLessThanOrEqual(few.blocks + 4)
  })

  test('costs the same over all projects of an organization', async () => {
    const pageOf = ({ organization }: Project) =>
      planOf(`/trpc/overview.keys?input=${encodeURIComponent(JSON.stringify({ organization, per_page: 25 }))}`)
    const few = await pageOf(small)
    const many = await pageOf(large)
    expect(many.plan).toContain('"Index Name":"project_keys_active"')
    expect(many.blocks).toBeLessThanOrEqual(few.blocks + 25)
  })

  test('costs the same filtered by expiry in the console, although many more match', async () => {
    const query = { sort: 'expiration', expires_before: '2100-01-01T00:00:00Z' }
    const few = await planOfPage(query, small)
    const many = await planOfPage(query, large)
    expect(many.plan).toContain('"Index Name":"project_keys_active_by_expiration"')
    expect(many.blocks).toBeLessThanOrEqual(few.blocks + 25)
  })

  test('reads the few active keys of the console, and not the thousands of expired ones beside them', async () => {
    const old = await filled(5000)
    await execute(
      service.databaseUrl,
      "UPDATE project_keys SET expiration = '2020-01-01Z' WHERE project = $1 AND name < 'key 499'",
      [old.uuid],
    )
    for (const [index, query] of [
      ['project_keys_active', {}],
      ['project_keys_active', { direction: 'desc' }],
      ['project_keys_active', { page: 2, per_page: 2 }],
      ['project_keys_active_by_creation', { sort: 'creation' }],
    ] as const) {
      const { plan } = await planOfPage(query, old)
      expect(plan, JSON.stringify(query)).toMatch(/"project_keys_active_by_expiration"/)
      expect(plan, JSON.stringify(query)).not.toMatch(new RegExp(`"Index Name":"${index}"[^{}]*"Actual Loops":[1-9]`))
    }
  })

  const consolePage = (state: string) => (per_page: number) =>
    `/trpc/projectKeys.page?input=${encodeURIComponent(JSON.stringify({ project: large.slug, per_page, state }))}`
  test.each([
    ['REST', (size: number) => `${keysOf(large)}?per_page=${size}`],
    ...['active', 'expired', 'revoked'].map((state) => [`the console, ${state}`, consolePage(state)] as const),
  ] as const)('plans its first page once, for pages of any size: %s', async (_list, pathOf) => {
    for (let size = 1; size <= 12; size++) await roundTrips('GET', pathOf(size), ada)
    const [{ name, text } = Query.parse('')] = sent.slice(1)
    expect(text).toContain('project_key_totals')
    const plans = 'SELECT generic_plans::int AS generic FROM pg_prepared_statements WHERE name = $1'
    const [prepared] = await service.db.pipeline.read({ text: plans, values: [name] })
    expect(prepared?.generic).toBeGreaterThan(0)
  })

  test('searches many keys no slower if keys of other projects match, too', async () => {
    const alone = await planOfList('search=KEY 1999', large)
    const other = await filled(20_000)
    await execute(service.databaseUrl, 'VACUUM ANALYZE project_keys')
    const beside = await planOfList('search=KEY 1999', large)
    // Twice the keys, and the index of words is a level deeper at times.
    expect(beside.blocks).toBeLessThanOrEqual(alone.blocks * 1.6)
    expect((await planOfList('search=KEY 1999', other)).blocks).toBeLessThanOrEqual(alone.blocks * 1.6)
  })

  test('searches many keys by their trigrams, few of them one by one, and finds the same', async () => {
    const byTrigrams = /"Index Name":"project_keys_search"[^{}]*"Actual Loops":[1-9][^{}]*"Index Cond":"[^"]*~~/
    expect((await planOfList('search=KEY 99', large)).plan).toMatch(byTrigrams)
    const { plan, blocks } = await planOfList('search=KEY 99', small)
    expect(plan).not.toMatch(byTrigrams)
    // Its own keys, and none of other projects.
    expect(blocks).toBeLessThan(300)
    for (const [project, count] of [
      [small, 1000],
      [large, 20_000],
    ] as const) {
      const found = Array.from({ length: count }, (_, n) => n + 1).filter(
        (n) => n % 2 === 1 && `key ${n}`.includes('key 99'),
      )
      const answer = await service.send('GET', `${keysOf(project)}?search=KEY 99&per_page=255`, ada)
      expect(answer.headers.get('x-total-count')).toBe(String(found.length))
      expect(namesIn(answer.body)).toEqual(
        found
          .map((n) => `key ${n}`)
          .sort()
          .slice(0, 255),
      )
    }
  })

  test('reads only the keys of a customer, by their index', async () => {
    const some = `UPDATE project_keys SET external_id = 'acme' WHERE project = $1 AND name LIKE 'key 99_'`
    await pool.query(some, [large.uuid])
    const { plan, blocks } = await planOfList('external_id=acme', large)
    expect(plan).toContain('"Index Name":"project_keys_by_external_id"')
    expect(blocks).toBeLessThan(40)
  })
})

test('a search finds the same in a project that has grown since it was last listed, and plans it for its size then', async () => {
  const project = await filled(10)
  const search = async () => {
    sent.length = 0
    const answer = await service.send('GET', `${keysOf(project)}?search=KEY 7`, ada)
    const tries = sent.slice(1).map(({ name }) => (name ? 'planned once' : 'planned for it'))
    return [answer.headers.get('x-total-count'), ...tries]
  }
  expect(await search()).toEqual(['1', 'planned once'])
  await fill(project, { from: 11, to: 3000 })
  const found = Array.from({ length: 3000 }, (_, n) => n + 1).filter((n) => n % 2 === 1 && `${n}`.startsWith('7'))
  expect(await search()).toEqual([`${found.length}`, 'planned once', 'planned for it'])
  expect(await search()).toEqual([`${found.length}`, 'planned for it'])
})

/**
 * A project with so many keys, every second one of them revoked. On a connection of its own, for those of the service
 * give a statement 3 seconds.
 */
async function filled(count: number): Promise<Project> {
  const project = await createProject(service, ada)
  await fill(project, { from: 1, to: count })
  return project
}

const fill = (project: Project, { from, to }: { from: number; to: number }) =>
  execute(
    service.databaseUrl,
    `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration, revoked)
     SELECT gen_random_uuid(), $1::uuid, 'key ' || n, sha256(($1::uuid::text || n)::bytea), 'abcd', now(), now(),
       CASE WHEN n % 2 = 0 THEN now() END
     FROM generate_series($2::int, $3::int) AS n`,
    [project.uuid, from, to],
  )
