import { beforeAll, describe, expect, test } from 'vitest'
import { startService } from './service.ts'
import { type Person, signUp } from './world.ts'

const service = await startService()
let ada: Person
let bob: Person

beforeAll(async () => {
  ada = await signUp(service, 'Ada')
  bob = await signUp(service, 'Bob')
})

const send = (method: string, path: string, { token }: { token?: string }, body?: unknown) =>
  service.send(method, path, { token, body })
const create = (body: unknown, person: { token?: string } = ada) => send('POST', '/v0/organizations', person, body)

describe('POST /v0/organizations', () => {
  test('answers 201 with the organization, which its maker leads', async () => {
    const { status, body } = await create({ name: 'Été & Co', slug: 'ete' })
    expect(status).toBe(201)
    expect(body).toEqual({
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'Été & Co',
      slug: 'ete',
      created: '2026-05-01T12:00:00Z',
      modified: '2026-05-01T12:00:00Z',
      claimed: '2026-05-01T12:00:00Z',
    })
    expect((await send('GET', '/v0/organizations/ete/members', ada)).body).toMatchObject([
      { uuid: ada.uuid, role: 'leader' },
    ])
  })

  test('makes a slug of the name, and another where that is taken', async () => {
    expect((await create({ name: 'C++ & Rust' })).body).toMatchObject({ slug: 'c-rust' })
    expect((await create({ name: 'C++ & Rust' }, bob)).body).toMatchObject({
      slug: expect.stringMatching(/^c-rust-[0-9a-f]{6}$/),
    })
    expect((await create({ name: 'Same', slug: 'c-rust' })).body).toMatchObject({
      slug: expect.stringMatching(/^c-rust-[0-9a-f]{6}$/),
    })
  })

  test('gives each of many of one name at once a slug of its own', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => create({ name: 'At Once' })))
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(201))
  })

  test.each([{}, { name: '' }, { name: 'A', slug: 'A' }, { name: 'A', slug: '' }, { name: 1 }])(
    'refuses %j with 400',
    async (body) => {
      expect((await create(body)).status).toBe(400)
    },
  )

  test('answers 401 without a credential', async () => {
    expect((await create({ name: 'A' }, {})).status).toBe(401)
  })
})

describe('GET /v0/organizations', () => {
  test('lists those that one leads; all for an admin', async () => {
    const eve = await signUp(service, 'Eve')
    await create({ name: 'Eve’s', slug: 'eves' }, eve)
    const total = async (person: Person | typeof service.admin) => {
      const { headers } = await send('GET', '/v0/organizations', person)
      return Number(headers.get('x-total-count'))
    }
    expect(await total(eve)).toBe(1)
    expect(await total(service.admin)).toBe(await service.db.prisma.organization.count())
  })
})

describe('GET and PATCH /v0/organizations/{organization}', () => {
  test('show and change it, by slug or UUID, for its leaders', async () => {
    const made = await create({ name: 'Acme', slug: 'acme' })
    expect((await send('GET', '/v0/organizations/acme', ada)).body).toEqual(made.body)
    service.wait(60)
    const { status, body } = await send('PATCH', '/v0/organizations/acme', ada, { name: 'Acme 2', slug: 'acme-2' })
    expect(status).toBe(200)
    expect(body).toEqual({
      ...JSON.parse(made.text),
      name: 'Acme 2',
      slug: 'acme-2',
      modified: '2026-05-01T12:01:00Z',
    })
    const { uuid } = JSON.parse(made.text)
    expect((await send('GET', `/v0/organizations/${uuid.toUpperCase()}`, ada)).body).toEqual(body)
    expect((await send('GET', '/v0/organizations/acme', ada)).status).toBe(404)
  })

  test('leave what is absent or null, and refuse a slug that is taken with 409', async () => {
    await create({ name: 'One', slug: 'one' })
    await create({ name: 'Two', slug: 'two' }, bob)
    expect((await send('PATCH', '/v0/organizations/one', ada, { name: null, slug: null })).body).toMatchObject({
      name: 'One',
      slug: 'one',
    })
    expect((await send('PATCH', '/v0/organizations/one', ada, { slug: 'two' })).status).toBe(409)
    expect((await send('PATCH', '/v0/organizations/one', ada, { slug: 'one' })).status).toBe(200)
  })

  test('answer 404 to others, the same as for one that is not there', async () => {
    const answers = await Promise.all(
      ['one', 'nowhere'].flatMap((slug) => [
        send('GET', `/v0/organizations/${slug}`, bob),
        send('PATCH', `/v0/organizations/${slug}`, bob, { name: 'Taken' }),
        send('GET', `/v0/organizations/${slug}/projects`, bob),
        send('GET', `/v0/organizations/${slug}/allowed/view`, bob),
      ]),
    )
    const texts = answers.map(({ status, text }) => `${status} ${text.replace(/"request_id":"[^"]*"/, '')}`)
    expect(new Set(texts)).toEqual(new Set([expect.stringMatching(/^404 /)]))
  })
})

describe('GET /v0/organizations/{organization}/allowed/{permission}', () => {
  test('says what one may, and refuses what is no permission with 400', async () => {
    const ask = (permission: string) => send('GET', `/v0/organizations/one/allowed/${permission}`, ada)
    for (const permission of ['view', 'create', 'edit', 'delete', 'manage', 'view_role', 'delete_role']) {
      expect(await ask(permission)).toMatchObject({ status: 200, body: { allowed: true } })
    }
    expect((await ask('everything')).status).toBe(400)
  })
})
