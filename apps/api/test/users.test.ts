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

const get = (path: string, { token } = service.admin) => service.send('GET', path, { token })
const patch = (user: string, body: unknown, { token } = service.admin) =>
  service.send('PATCH', `/v0/users/${user}`, { token, body })
const userOf = (uuid: string) => service.db.prisma.user.findUniqueOrThrow({ where: { uuid } })

describe('GET /v0/users/{user}', () => {
  test('shows oneself, by UUID in any letter case or by slug: 200', async () => {
    const shown = { uuid: ada.uuid, name: 'Ada', slug: ada.slug, email: ada.email, admin: false, locked: false }
    for (const user of [ada.uuid, ada.uuid.toUpperCase(), ada.slug]) {
      const { status, body } = await get(`/v0/users/${user}`, ada)
      expect([status, body]).toEqual([200, shown])
    }
    expect((await get(`/v0/users/${ada.slug}`)).body).toEqual(shown)
  })

  test('shows another to nobody but admins: 404, as for one that is not there', async () => {
    const answers = await Promise.all([bob.uuid, bob.slug, 'nobody'].map((user) => get(`/v0/users/${user}`, ada)))
    const texts = answers.map(({ status, text }) => [status, text.replace(/"request_id":"[^"]*"/, '')])
    expect(texts).toEqual([texts[0], texts[0], [404, expect.any(String)]])
    expect((await get('/v0/users/nobody')).status).toBe(404)
  })

  test('refuses what is no slug and no UUID with 400', async () => {
    expect((await get('/v0/users/Ada%20Lovelace', ada)).status).toBe(400)
  })
})

describe('GET /v0/users', () => {
  test('is for server admins: 200 with all, 403 to others', async () => {
    const { status, headers, body } = await get('/v0/users?per_page=255')
    expect([status, headers.get('x-total-count')]).toEqual([200, '3'])
    expect(body).toContainEqual({
      uuid: bob.uuid,
      name: 'Bob',
      slug: bob.slug,
      email: bob.email,
      admin: false,
      locked: false,
    })
    expect((await get('/v0/users', ada)).status).toBe(403)
  })
})

describe('PATCH /v0/users/{user}', () => {
  test('changes one’s own name and slug: 200', async () => {
    const { status, body } = await patch(bob.slug, { name: 'Bob B.', slug: 'bob-b' }, bob)
    expect([status, body]).toEqual([
      200,
      { uuid: bob.uuid, name: 'Bob B.', slug: 'bob-b', email: bob.email, admin: false, locked: false },
    ])
    expect((await get('/v0/users/bob-b', bob)).status).toBe(200)
    expect((await get(`/v0/users/${bob.slug}`, bob)).status).toBe(404)
    await patch('bob-b', { name: 'Bob', slug: bob.slug }, bob)
  })

  test('leaves what is absent or null as it is', async () => {
    for (const body of [{}, { name: null, slug: null, email: null, admin: null, locked: null }, { uuid: ada.uuid }]) {
      expect(await patch(bob.uuid, body, bob)).toMatchObject({ status: 200, body: { uuid: bob.uuid, name: 'Bob' } })
    }
  })

  test('refuses a slug that is taken with 409', async () => {
    expect((await patch(bob.uuid, { slug: ada.slug }, bob)).status).toBe(409)
  })

  test.each([
    { name: '' },
    { name: ' Bob' },
    { slug: 'Bob' },
    { slug: 'a--b' },
    { email: 'x' },
    { admin: 'true' },
    { locked: 1 },
  ])('refuses %j with 400', async (body) => {
    expect((await patch(bob.uuid, body, bob)).status).toBe(400)
  })

  test('lets nobody make themselves an admin or lock themselves, by whatever else they send: 403', async () => {
    for (const flags of [{ admin: true }, { admin: false }, { locked: true }, { locked: false, admin: true }]) {
      expect((await patch(bob.uuid, { name: 'Eve', email: 'eve@example.com', ...flags }, bob)).status).toBe(403)
    }
    expect(await userOf(bob.uuid)).toMatchObject({ name: 'Bob', admin: false, locked: false, newEmail: null })
  })

  test('lets an admin make another one, and take it back', async () => {
    expect(await patch(bob.uuid, { admin: true })).toMatchObject({ status: 200, body: { admin: true } })
    expect((await get('/v0/users', bob)).status).toBe(200)
    expect(await patch(bob.uuid, { admin: false })).toMatchObject({ status: 200, body: { admin: false } })
    expect((await get('/v0/users', bob)).status).toBe(403)
  })

  test('asks a new address of another also by its mail alone', async () => {
    expect(await patch(bob.uuid, { email: 'eve@example.com' })).toMatchObject({
      status: 200,
      body: { email: bob.email },
    })
  })

  test('leaves the server an admin: 409 for the last one, also of two at once', async () => {
    for (const body of [{ admin: false }, { locked: true }, { admin: false, locked: true }]) {
      expect((await patch('owner', body)).status).toBe(409)
    }
    await patch(bob.uuid, { admin: true })
    // An admin who is locked is none.
    await patch(bob.uuid, { locked: true })
    expect([(await patch('owner', { admin: false })).status, (await patch('owner', { locked: true })).status]).toEqual([
      409, 409,
    ])
    await patch(bob.uuid, { locked: false })
    const answers = await Promise.all([
      patch('owner', { admin: false }, bob),
      patch(bob.uuid, { locked: true }, service.admin),
      patch('owner', { locked: true }, bob),
      patch(bob.uuid, { admin: false }, service.admin),
    ])
    expect(answers.filter(({ status }) => status >= 500)).toEqual([])
    expect(await service.db.prisma.user.count({ where: { admin: true, locked: false } })).toBe(1)
  })
})
