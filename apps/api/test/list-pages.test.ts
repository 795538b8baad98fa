import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Procedure, procedures } from './procedures.ts'
import { startService } from './service.ts'
import { createPeople, createTenant, type People, type Tenant } from './tenant.ts'
import { createKey, createUserKey } from './world.ts'

const service = await startService()
let people: People
let tenant: Tenant

/** So many items are on each list, at least. */
const FEWEST = 6
const lists = procedures.filter(({ shape }) => 'page' in shape && 'direction' in shape)

beforeAll(async () => {
  people = await createPeople(service)
  tenant = await createTenant(service, people)
  const { leader, maintainer, project } = tenant
  const { token } = leader
  const at = (path: string, body: unknown) => service.send('POST', `/v0/${path}`, { token, body })
  const times = { created: service.clock.now, modified: service.clock.now }
  const users = Object.values(people)
  for (const { uuid: user } of users) {
    const { uuid, organization } = project
    const inProject = { project: uuid, user, role: 'viewer' as const, ...times }
    const inOrganization = { organization, user, role: 'leader' as const, ...times }
    await service.db.prisma.projectMember.createMany({ data: [inProject], skipDuplicates: true })
    await service.db.prisma.organizationMember.createMany({ data: [inOrganization], skipDuplicates: true })
  }
  // So that an order by another column is another order.
  await service.db.pool.query('UPDATE users SET name = md5(email)')
  for (let index = 0; index < FEWEST; index++) {
    await at('organizations', { name: 'Same' })
    await at(`organizations/${project.organization}/projects`, { name: 'Same' })
    await at(`organizations/${project.organization}/members`, { email: `${index}@example.com`, role: 'leader' })
    await at(`projects/${project.uuid}/members`, { email: `${index}@example.com`, role: 'viewer' })
    // Alike in all that sorts, so that only the UUID tells them apart; every second one is revoked.
    for (const state of ['active', 'revoked']) {
      const own = await createKey(service, maintainer, project, { name: 'same', ttl: 60 })
      const token = await createUserKey(service, maintainer, { name: 'same', ttl: 60 })
      if (state === 'active') continue
      await service.send('DELETE', `/v0/projects/${project.uuid}/keys/${own.uuid}`, leader)
      await service.send('DELETE', `/v0/users/${maintainer.uuid}/keys/${token.uuid}`, maintainer)
    }
  }
})

type Query = { page: number; per_page: number; [name: string]: unknown }
const text = z.string().optional()
/** The read-only list of keys has no UUIDs, so there the last four letters tell the keys apart. */
const Items = z.array(
  z
    .object({ uuid: text, last_four: text, name: text, slug: text, email: text })
    .transform(({ uuid, last_four = '', ...item }) => ({ ...item, uuid: uuid ?? last_four })),
)
const Result = z.object({ result: z.object({ data: z.unknown() }) })
const Page = z.looseObject({ total: z.int() })

/** One page with its items, of a list in REST (its total is in a header) or of the console's (its total is beside its items). */
async function read({ name }: Procedure, query: Query) {
  const { project, maintainer } = tenant
  const ids = { project: project.uuid, organization: project.organization, user: maintainer.uuid }
  const input = encodeURIComponent(JSON.stringify({ ...ids, ...query }))
  const { status, body, headers } = await service.send('GET', `/trpc/${name}?input=${input}`, service.admin)
  expect(status).toBe(200)
  const { data } = Result.parse(body).result
  if (Array.isArray(data)) return { total: Number(headers.get('x-total-count')), items: Items.parse(data) }
  const { total, ...rest } = Page.parse(data)
  return { total, items: Items.parse(Object.values(rest).find(Array.isArray)) }
}

async function ask(list: Procedure, query: Query) {
  const { total, items } = await read(list, query)
  return { total, uuids: items.map(({ uuid }) => uuid) }
}

/** The orders and filters that a list can be asked for. */
const valuesOf = ({ shape }: Procedure, name: string, values: unknown[]) =>
  values.filter((value) => shape[name]?.safeParse(value).success)
const statesOf = ({ shape }: Procedure) => {
  if ('state' in shape) return [{ state: 'active' }, { state: 'revoked' }]
  return 'revoked' in shape ? [{ revoked: false }, { revoked: true }] : [{}]
}
const waysOf = (list: Procedure) =>
  valuesOf(list, 'direction', ['asc', 'desc']).flatMap((direction) =>
    valuesOf(list, 'sort', ['name', 'creation', 'expiration']).flatMap((sort) =>
      statesOf(list).map((state) => ({ direction, sort, ...state })),
    ),
  )

describe.each(lists)('the list $name', (list) => {
  test.each(waysOf(list))('is whole over its pages, around exact multiples too: %j', async (way) => {
    const all = await ask(list, { ...way, page: 1, per_page: 255 })
    const count = all.uuids.length
    expect(all.total).toBe(count)
    expect(new Set(all.uuids).size).toBe(count)
    expect(count).toBeGreaterThanOrEqual(FEWEST)
    // So that there are one less and one more than a page holds, and one or two pages exactly.
    for (const size of [count + 1, count, count - 1, Math.ceil(count / 2), Math.floor(count / 2)]) {
      const full = Math.ceil(count / size)
      const pages = Array.from({ length: full + 2 }, (_, index) => index + 1)
      const answers = await Promise.all(pages.map((page) => ask(list, { ...way, page, per_page: size })))
      expect([size, answers.map(({ uuids }) => uuids)]).toEqual([
        size,
        pages.map((page) => all.uuids.slice((page - 1) * size, page * size)),
      ])
      expect(answers.map(({ total }) => total)).toEqual(pages.map(() => count))
    }
  })

  test('is sorted by name, and finds its items by name, slug and UUID, in any letter case, and by exactly a name', async () => {
    const { items } = await read(list, { page: 1, per_page: 255 })
    // An invitation has no name, and sorts by its address.
    const names = items.map(({ name, email }) => Buffer.from(name ?? email ?? ''))
    expect(names).toEqual(names.toSorted(Buffer.compare))
    for (const { uuid, name, slug, email } of [items[0], items.at(-1)].filter((item) => item !== undefined)) {
      for (const search of [uuid, slug, name ?? email].filter((text) => text !== undefined)) {
        const { uuids } = await ask(list, { search: search.toUpperCase(), page: 1, per_page: 255 })
        expect([search, uuids]).toEqual([search, expect.arrayContaining([uuid])])
      }
      const named = items.filter((item) => (item.name ?? item.email) === (name ?? email))
      const exactly = await ask(list, { name: name ?? email, page: 1, per_page: 255 })
      expect(exactly.uuids).toEqual(named.map((item) => item.uuid))
    }
  })

  test('has no items on a page of none, and none of what is not there, with its total', async () => {
    const { total } = await ask(list, { page: 1, per_page: 255 })
    for (const page of [0, 1, 2]) expect(await ask(list, { page, per_page: 0 })).toEqual({ total, uuids: [] })
    const nowhere = { search: 'is in no name', per_page: 3 }
    for (const page of [0, 1, 2]) expect(await ask(list, { ...nowhere, page })).toEqual({ total: 0, uuids: [] })
    const first = await ask(list, { page: 1, per_page: 2 })
    expect(await ask(list, { page: 0, per_page: 2 })).toEqual(first)
    expect(first.uuids).toHaveLength(2)
  })
})

test('there are lists in REST and lists of the console’s', () => {
  expect(lists.length).toBeGreaterThanOrEqual(15)
})
