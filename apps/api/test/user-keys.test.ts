import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { startService } from './service.ts'
import { createProject, createUserKey, keysOf, namesIn, type Person, signUp } from './world.ts'

const service = await startService()
let ada: Person
let bob: Person

beforeAll(async () => {
  ada = await signUp(service, 'Ada')
  bob = await signUp(service, 'Bob')
})

const keysOfUser = ({ uuid }: { uuid: string }) => `/v0/users/${uuid}/keys`
const send = (method: string, path: string, { token }: { token: string }, body?: unknown) =>
  service.send(method, path, { token, body })
const at = (person: Person, { uuid }: { uuid: string }) => `${keysOfUser(person)}/${uuid}`

describe('POST /v0/users/{user}/keys', () => {
  test('answers 201 with the key, for oneself by UUID or slug', async () => {
    for (const user of [ada.uuid, ada.uuid.toUpperCase(), ada.slug]) {
      const { status, headers, body } = await send('POST', `/v0/users/${user}/keys`, ada, { name: 'cli', ttl: 60 })
      expect([status, headers.get('cache-control')]).toEqual([201, 'no-store'])
      expect(body).toEqual({
        uuid: expect.any(String),
        user: ada.uuid,
        name: 'cli',
        key: expect.stringMatching(/^bencher_user_[0-9A-Za-z]{30}$/),
        creation: '2026-05-01T12:00:00Z',
        expiration: '2026-05-01T12:01:00Z',
      })
    }
  })

  test('ends the key with the checksum of what stands before, and keeps its hash alone', async () => {
    const { uuid, key } = await createUserKey(service, ada, { name: 'a' })
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    const sum = [...key.slice(-6)].reduce((value, letter) => value * 62 + alphabet.indexOf(letter), 0)
    expect(sum).toBe(crc32(key.slice(0, -6)))
    const row = await service.db.prisma.userKey.findUniqueOrThrow({ where: { uuid } })
    expect(Buffer.from(row.hash).toString('hex')).toBe(createHash('sha256').update(key).digest('hex'))
    expect(JSON.stringify({ ...row, hash: '' })).not.toContain(key.slice(13, 30))
  })

  test('takes a name and a ttl by the rules of project keys, else 400', async () => {
    for (const wrong of [
      {},
      { name: ' a' },
      { name: 'a'.repeat(65) },
      { name: 'a', ttl: 0 },
      { name: 'a', ttl: 1.5 },
    ]) {
      expect((await send('POST', keysOfUser(ada), ada, wrong)).status).toBe(400)
    }
    const longest = { name: '😀'.repeat(64), ttl: 4294967295 }
    expect(await send('POST', keysOfUser(ada), ada, longest)).toMatchObject({
      status: 201,
      body: { expiration: '2162-06-07T18:28:15Z' },
    })
  })

  test('is for the user alone: 404 for another, 403 for an admin', async () => {
    expect((await send('POST', keysOfUser(bob), ada, { name: 'a' })).status).toBe(404)
    expect((await send('POST', '/v0/users/nobody/keys', ada, { name: 'a' })).status).toBe(404)
    expect((await send('POST', keysOfUser(bob), service.admin, { name: 'a' })).status).toBe(403)
  })

  test('refuses a user key with 403: a key that was stolen makes no other', async () => {
    const { key } = await createUserKey(service, ada, { name: 'a' })
    expect((await send('POST', keysOfUser(ada), { token: key }, { name: 'b' })).status).toBe(403)
    const input = { user: ada.uuid, uuid: bob.uuid, name: 'b' }
    expect((await send('POST', '/trpc/userKeys.createOnce', { token: key }, input)).status).toBe(403)
  })
})

describe('a user key', () => {
  test('may do what its user may, until it expires', async () => {
    const project = await createProject(service, ada, 'private')
    const { key } = await createUserKey(service, ada, { name: 'ci', ttl: 60 })
    const asKey = { token: key }
    expect((await send('POST', keysOf(project), asKey, { name: 'made by ci' })).status).toBe(201)
    expect((await send('PATCH', `/v0/projects/${project.slug}`, asKey, { name: 'Renamed' })).status).toBe(200)
    expect((await send('GET', keysOfUser(ada), asKey)).status).toBe(200)
    service.wait(59)
    expect((await send('GET', keysOf(project), asKey)).status).toBe(200)
    service.wait(1)
    expect((await send('GET', keysOf(project), asKey)).status).toBe(401)
  })

  test('that is mistyped, unknown or revoked is a 401 that does not repeat it', async () => {
    const made = await createUserKey(service, ada, { name: 'a' })
    await send('DELETE', at(ada, made), ada)
    for (const token of [
      made.key,
      `${made.key.slice(0, -1)}_`,
      made.key.slice(0, -1),
      `bencher_user_${'a'.repeat(30)}`,
    ]) {
      expect((await send('GET', keysOfUser(ada), { token })).status).toBe(401)
    }
  })
})

describe('GET and PATCH /v0/users/{user}/keys/{key}', () => {
  test('show and rename it, also when it is revoked, and never show the key', async () => {
    const made = await createUserKey(service, ada, { name: 'a', ttl: 60 })
    const shown = {
      uuid: made.uuid,
      user: ada.uuid,
      name: 'a',
      creation: made.creation,
      expiration: made.expiration,
    }
    const view = await send('GET', at(ada, made), ada)
    expect([view.status, view.body]).toEqual([200, shown])
    const renamed = await send('PATCH', at(ada, made), ada, {
      name: 'b',
      uuid: bob.uuid,
      user: bob.uuid,
      revoked: null,
    })
    expect([renamed.status, renamed.body]).toEqual([200, { ...shown, name: 'b' }])
    await send('DELETE', at(ada, made), ada)
    const revoked = await send('PATCH', at(ada, made), ada, { name: 'c' })
    expect(revoked.body).toEqual({ ...shown, name: 'c', revoked: expect.stringMatching(/^2026-05-01T12:\d\d:\d\dZ$/) })
  })

  test('answer 409 where there is nothing to change, and 404 where there is no such key of this user', async () => {
    const made = await createUserKey(service, ada, { name: 'a' })
    for (const body of [{}, { name: null }]) expect((await send('PATCH', at(ada, made), ada, body)).status).toBe(409)
    for (const [path, person] of [
      [at(ada, bob), ada],
      [at(bob, made), bob],
      [at(ada, made), bob],
      [at(bob, made), service.admin],
    ] as const) {
      expect((await send('GET', path, person)).status).toBe(404)
      expect((await send('PATCH', path, person, { name: 'x' })).status).toBe(404)
      expect((await send('DELETE', path, person)).status).toBe(404)
    }
    expect((await send('GET', at(ada, made), ada)).body).toMatchObject({ name: 'a' })
  })
})

describe('DELETE /v0/users/{user}/keys/{key}', () => {
  test('answers 204 once, then 409, and ends the key at once', async () => {
    const made = await createUserKey(service, ada, { name: 'a' })
    const revoke = async () => (await send('DELETE', at(ada, made), ada)).status
    expect([await revoke(), await revoke()]).toEqual([204, 409])
    expect((await send('GET', keysOfUser(ada), { token: made.key })).status).toBe(401)
  })

  test('answers one of many at once with 204', async () => {
    const made = await createUserKey(service, ada, { name: 'a' })
    const answers = await Promise.all(Array.from({ length: 6 }, () => send('DELETE', at(ada, made), ada)))
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409, 409, 409, 409, 409])
  })

  test('is for admins too, and for the key itself', async () => {
    const [one, two] = [
      await createUserKey(service, bob, { name: 'a' }),
      await createUserKey(service, bob, { name: 'b' }),
    ]
    expect((await send('DELETE', at(bob, one), service.admin)).status).toBe(204)
    expect((await send('DELETE', at(bob, two), { token: two.key })).status).toBe(204)
  })
})

describe('GET /v0/users/{user}/keys', () => {
  test('lists active keys or, when asked, revoked ones', async () => {
    const eve = await signUp(service, 'Eve')
    for (const name of ['b', 'a']) await createUserKey(service, eve, { name })
    await send('DELETE', at(eve, await createUserKey(service, eve, { name: 'gone' })), eve)
    const names = async (query = '') => namesIn((await send('GET', keysOfUser(eve) + query, eve)).body)
    expect(await names()).toEqual(['a', 'b'])
    expect(await names('?revoked=false')).toEqual(['a', 'b'])
    expect(await names('?revoked=true')).toEqual(['gone'])
    expect((await send('GET', `${keysOfUser(eve)}?revoked=x`, eve)).status).toBe(400)
  })
})
