import { randomUUID } from 'node:crypto'
import { execute } from '@project-keys/keys/test'
import { beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { START, startService } from './service.ts'
import { sweepNow } from './sweep.ts'
import { addMember, createKey, createProject, type Person, type Project, signUp } from './world.ts'

const service = await startService()
const DAY = 24 * 60 * 60
const Slugged = z.object({ slug: z.string() })

const send = (method: string, path: string, { token }: { token: string }, body?: unknown) =>
  service.send(method, `/v0/${path}`, { token, body })

type Owner = { leader: Person; project: Project; organization: string }
let owner: Owner
let thief: Owner

/** Somebody with an organization and a project in it. */
async function newOwner(): Promise<Owner> {
  const leader = await signUp(service)
  const project = await createProject(service, leader)
  return { leader, project, organization: project.organization }
}

beforeEach(async () => {
  service.clock.now = START
  ;[owner, thief] = await Promise.all([newOwner(), newOwner()])
  // A change in the same second as the creation would be told by the database's clock.
  service.wait(1)
})

type Kind = {
  path: (owner: Owner) => string
  create: (as: Owner, slug: string) => Promise<string>
  ways: string[]
}

const slugOf = async (path: string, as: { token: string }) => Slugged.parse((await send('GET', path, as)).body).slug
const KINDS: Record<string, Kind> = {
  project: {
    path: ({ project }) => `projects/${project.uuid}`,
    create: async ({ leader, organization }, slug) =>
      Slugged.parse((await send('POST', `organizations/${organization}/projects`, leader, { name: slug, slug })).body)
        .slug,
    ways: ['a rename', 'a deletion'],
  },
  organization: {
    path: ({ organization }) => `organizations/${organization}`,
    create: async ({ leader }, slug) =>
      Slugged.parse((await send('POST', 'organizations', leader, { name: slug, slug })).body).slug,
    ways: ['a rename'],
  },
}
const cases = Object.entries(KINDS).flatMap(([name, kind]) => kind.ways.map((freed) => ({ name, freed, ...kind })))

describe.each(cases)('the slug of a $name, after $freed', ({ path, create, freed }) => {
  let slug: string
  beforeEach(async () => {
    slug = await slugOf(path(owner), owner.leader)
    const [method, body] = freed === 'a rename' ? ['PATCH', { slug: `new-${randomUUID()}` }] : ['DELETE', undefined]
    expect((await send(String(method), path(owner), owner.leader, body)).status).toBeLessThan(300)
  })

  test('stays taken for others: a create gets a suffix, an update is a 409 that changes nothing', async () => {
    expect(await create(thief, slug)).not.toBe(slug)
    const before = await slugOf(path(thief), thief.leader)
    const { status, body } = await send('PATCH', path(thief), thief.leader, { slug, name: 'Changed' })
    expect([status, body]).toMatchObject([409, { error_code: 'slug_taken' }])
    expect((await send('GET', path(thief), thief.leader)).body).not.toMatchObject({ name: 'Changed' })
    expect(await slugOf(path(thief), thief.leader)).toBe(before)
  })

  test('is free for the leaders of its organization', async () => {
    expect(await create(owner, slug)).toBe(slug)
  })

  test('is free for server admins', async () => {
    expect((await send('PATCH', path(thief), { token: service.tokenOf(service.admin.email) }, { slug })).status).toBe(
      200,
    )
  })

  test('is free for everybody after 90 days, to the second, with a sweep or without', async () => {
    service.wait(90 * DAY - 1)
    await sweepNow(service)
    const late = { ...thief.leader, token: service.tokenOf(thief.leader.email) }
    expect((await send('PATCH', path(thief), late, { slug })).status).toBe(409)
    service.wait(1)
    expect((await send('PATCH', path(thief), late, { slug })).status).toBe(200)
    await sweepNow(service)
    const [row] = await execute(service.databaseUrl, 'SELECT count(*)::int AS left FROM former_slugs WHERE slug = $1', [
      slug,
    ])
    expect(row).toEqual({ left: 0 })
  })
})

test.each(Object.entries(KINDS))('the %s gets its own former slug back', async (_, { path }) => {
  const slug = await slugOf(path(owner), owner.leader)
  for (const wanted of [`new-${slug}`.slice(0, 60), slug]) {
    expect((await send('PATCH', path(owner), owner.leader, { slug: wanted })).status).toBe(200)
  }
})

test('a maintainer of a project may give its former slug to another project of theirs', async () => {
  const maintainer = await addMember(service, owner.project, 'maintainer')
  const own = await createProject(service, maintainer)
  const { slug } = owner.project
  expect((await send('PATCH', `projects/${owner.project.uuid}`, owner.leader, { slug: `new-${slug}` })).status).toBe(
    200,
  )
  expect((await send('PATCH', `projects/${own.uuid}`, maintainer, { slug })).status).toBe(200)
})

test.each(['viewer', 'developer'] as const)(
  'a %s of a project may not give its former slug to a project of theirs',
  async (role) => {
    const member = await addMember(service, owner.project, role)
    const own = await createProject(service, member)
    const { slug, uuid } = owner.project
    await send('PATCH', `projects/${uuid}`, owner.leader, { slug: `new-${slug}` })
    expect((await send('PATCH', `projects/${own.uuid}`, member, { slug })).status).toBe(409)
  },
)

test('the former slug of a project is free for organizations, and the other way round', async () => {
  const [ofProject, ofOrganization] = [randomUUID(), randomUUID()].map((uuid) => `was-${uuid}`)
  for (const slug of [ofProject, `new-${randomUUID()}`]) {
    expect((await send('PATCH', `projects/${owner.project.uuid}`, owner.leader, { slug })).status).toBe(200)
  }
  for (const slug of [ofOrganization, `new-${randomUUID()}`]) {
    expect((await send('PATCH', `organizations/${owner.organization}`, owner.leader, { slug })).status).toBe(200)
  }
  const taken = [
    await send('PATCH', `organizations/${thief.organization}`, thief.leader, { slug: ofProject }),
    await send('PATCH', `projects/${thief.project.uuid}`, thief.leader, { slug: ofOrganization }),
  ]
  expect(taken.map(({ status }) => status)).toEqual([200, 200])
})

test('a developer may change the name of a project, but not its slug', async () => {
  const developer = await addMember(service, owner.project, 'developer')
  const path = `projects/${owner.project.uuid}`
  expect((await send('PATCH', path, developer, { name: 'Other', slug: owner.project.slug })).status).toBe(200)
  const { status, body } = await send('PATCH', path, developer, { slug: `new-${owner.project.slug}` })
  expect([status, body]).toMatchObject([403, { error_code: 'permission_denied' }])
  expect(await slugOf(path, owner.leader)).toBe(owner.project.slug)
})

test('a gateway that asks by the former slug lets nobody in', async () => {
  const [own, foreign] = [
    await createKey(service, owner.leader, owner.project, { name: 'own' }),
    await createKey(service, thief.leader, thief.project, { name: 'foreign' }),
  ]
  const { slug } = owner.project
  const verify = async ({ key }: { key: string }) =>
    (await service.send('GET', `/v0/verify?project=${slug}`, { token: key })).status
  expect([await verify(own), await verify(foreign)]).toEqual([200, 403])
  await send('PATCH', `projects/${owner.project.uuid}`, owner.leader, { slug: `new-${slug}` })
  await send('PATCH', `projects/${thief.project.uuid}`, thief.leader, { slug })
  expect([await verify(own), await verify(foreign)]).toEqual([403, 403])
})

test('a slug that plain SQL changed is reserved, too', async () => {
  const { slug, uuid } = owner.project
  await execute(service.databaseUrl, 'UPDATE projects SET slug = $2 WHERE uuid = $1', [uuid, `sql-${slug}`])
  expect((await send('PATCH', `projects/${thief.project.uuid}`, thief.leader, { slug })).status).toBe(409)
})
