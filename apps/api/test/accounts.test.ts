import { beforeAll, describe, expect, test } from 'vitest'
import { startService } from './service.ts'
import { createProject, createUserKey, type Person, signUp } from './world.ts'

const service = await startService()
let ada: Person

beforeAll(async () => {
  ada = await signUp(service)
})

const post = (path: string, body: unknown, token?: string) => service.send('POST', path, { token, body })

describe('POST /v0/auth/signup', () => {
  test('answers 202 and sends a link, to an address that is known as well', async () => {
    for (const email of ['new@example.com', 'NEW@example.com', ada.email]) {
      const { status, body } = await post('/v0/auth/signup', { name: 'New', email, i_agree: true })
      expect([status, body]).toEqual([202, { email: email.toLowerCase() }])
      expect(service.mails.at(-1)).toMatchObject({
        to: email.toLowerCase(),
        url: expect.stringMatching(/^http:\/\/localhost:3000\/auth\/confirm\?token=[\w.-]+$/),
      })
    }
  })

  test.each([
    { name: 'A', email: 'a@example.com' },
    { name: 'A', email: 'a@example.com', i_agree: false },
    { name: 'A', email: 'no address', i_agree: true },
    { name: ' ', email: 'a@example.com', i_agree: true },
    { name: 'A', email: 'a@example.com', slug: 'A', i_agree: true },
  ])('refuses %j with 400', async (body) => {
    expect((await post('/v0/auth/signup', body)).status).toBe(400)
  })
})

describe('POST /v0/auth/confirm', () => {
  const linkTo = (email: string, ttl = 60) =>
    service.tokens.sign({ audience: 'auth', email, now: service.clock.now, ttl })

  test('signs in: 200 with the user and a session', async () => {
    const { status, body } = await post('/v0/auth/confirm', { token: linkTo(ada.email) })
    expect(status).toBe(200)
    expect(body).toEqual({
      user: { uuid: ada.uuid, name: 'Ada', slug: ada.slug, email: ada.email, admin: false, locked: false },
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      creation: '2026-05-01T12:00:00Z',
      expiration: '2026-05-31T12:00:00Z',
    })
  })

  test('takes a link once, also of many at once: 401 from then on', async () => {
    const token = linkTo(ada.email)
    const statuses = (await Promise.all(Array.from({ length: 6 }, () => post('/v0/auth/confirm', { token })))).map(
      ({ status }) => status,
    )
    expect(statuses.sort()).toEqual([200, 401, 401, 401, 401, 401])
  })

  test('refuses with 401 what is no link of a user here', async () => {
    const expired = linkTo(ada.email, 1)
    service.wait(1)
    for (const token of [expired, ada.token, linkTo('nobody@example.com'), 'x']) {
      expect((await post('/v0/auth/confirm', { token })).status).toBe(401)
    }
  })

  test('refuses with 400 what is no token at all', async () => {
    for (const body of [{}, { token: '' }, { token: 1 }, { token: 'x'.repeat(8193) }]) {
      expect((await post('/v0/auth/confirm', body)).status).toBe(400)
    }
  })
})

describe('POST /v0/organizations', () => {
  test('answers 201, and its maker leads it', async () => {
    const { status, body } = await post('/v0/organizations', { name: 'Été & Co', slug: 'ete' }, ada.token)
    expect([status, body]).toEqual([201, expect.objectContaining({ name: 'Été & Co', slug: 'ete' })])
    expect((await post('/v0/organizations/ete/projects', { name: 'P' }, ada.token)).status).toBe(201)
  })

  test('makes a slug of the name, and another where that is taken', async () => {
    const slugOf = async () => (await post('/v0/organizations', { name: 'Same Name' }, ada.token)).body
    expect(await slugOf()).toMatchObject({ slug: 'same-name' })
    expect(await slugOf()).toMatchObject({ slug: expect.stringMatching(/^same-name-[0-9a-f]{6}$/) })
  })

  test('answers 401 without a credential', async () => {
    expect((await post('/v0/organizations', { name: 'A' })).status).toBe(401)
  })
})

describe('POST /v0/organizations/{organization}/projects', () => {
  test('answers 201 with the project, public unless it says private', async () => {
    await post('/v0/organizations', { name: 'Acme', slug: 'acme' }, ada.token)
    const create = (body: unknown) => post('/v0/organizations/acme/projects', body, ada.token)
    expect(await create({ name: 'Open', slug: 'open', url: 'https://example.com' })).toMatchObject({
      status: 201,
      body: { name: 'Open', slug: 'open', url: 'https://example.com', visibility: 'public' },
    })
    expect((await create({ name: 'Closed', visibility: 'private' })).body).toMatchObject({ visibility: 'private' })
    for (const wrong of [
      {},
      { name: 'A', visibility: 'secret' },
      { name: 'A', url: 'no url' },
      { name: 'A', slug: 'a b' },
    ]) {
      expect((await create(wrong)).status).toBe(400)
    }
  })

  test('is for its leaders and for server admins: 404 to others, as for one that is not there', async () => {
    const { organization } = await createProject(service, ada)
    const bob = await signUp(service)
    const create = async (at: string, { token }: { token: string }) =>
      (await post(`/v0/organizations/${at}/projects`, { name: 'P' }, token)).status
    expect(await create(organization, service.admin)).toBe(201)
    expect(await create(organization, bob)).toBe(404)
    expect(await create('nowhere', bob)).toBe(404)
  })
})

describe('POST /v0/users/{user}/keys', () => {
  test('answers 201 with the key, for oneself by UUID or slug', async () => {
    for (const user of [ada.uuid, ada.uuid.toUpperCase(), ada.slug]) {
      const { status, body } = await post(`/v0/users/${user}/keys`, { name: 'cli', ttl: 60 }, ada.token)
      expect(status).toBe(201)
      expect(body).toEqual({
        uuid: expect.any(String),
        user: ada.uuid,
        name: 'cli',
        key: expect.stringMatching(/^bencher_user_[0-9A-Za-z]{30}$/),
        creation: expect.any(String),
        expiration: expect.any(String),
      })
    }
  })

  test('answers 404 for another user, as for one that is not there', async () => {
    const bob = await signUp(service)
    expect((await post(`/v0/users/${bob.uuid}/keys`, { name: 'a' }, ada.token)).status).toBe(404)
    expect((await post('/v0/users/nobody/keys', { name: 'a' }, ada.token)).status).toBe(404)
  })
})

describe('DELETE /v0/users/{user}/keys/{key}', () => {
  test('answers 204 once, then 409; 404 for another’s key', async () => {
    const bob = await signUp(service)
    const { uuid } = await createUserKey(service, ada, { name: 'a' })
    const revoke = async (person: Person) =>
      (await service.send('DELETE', `/v0/users/${person.slug}/keys/${uuid}`, person)).status
    expect(await revoke(bob)).toBe(404)
    expect(await revoke(ada)).toBe(204)
    expect(await revoke(ada)).toBe(409)
  })
})
