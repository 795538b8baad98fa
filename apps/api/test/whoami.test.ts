import { wholeSecond } from '@project-keys/keys'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import { createProject, createUserKey, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project

beforeAll(async () => {
  service.clock.now = wholeSecond(new Date())
  ada = await signUp(service)
  project = await createProject(service, ada)
})
beforeEach(() => {
  service.clock.now = wholeSecond(new Date())
})

const Key = z.object({ uuid: z.string(), key: z.string(), creation: z.string(), expiration: z.string() })
type Key = z.output<typeof Key>
const create = async (body: object = {}) =>
  Key.parse((await service.send('POST', keysOf(project), { ...ada, body: { name: 'ci', ...body } })).body)
const as = ({ key: token }: { key: string }) => ({ token })
const whoami = async (token: string) => (await service.send('GET', '/v0/whoami', { token })).body
const rotateItself = (key: { key: string }, body?: unknown, headers = {}) =>
  service.send('POST', '/v0/whoami/rotate', { ...as(key), body, headers })
const byManager = (key: Key, path: string, body?: unknown) =>
  service.send('POST', `${keyOf(project, key)}/${path}`, { ...ada, body })

describe('GET /v0/whoami', () => {
  test('tells a user who they are, and by which credential', async () => {
    const { uuid, slug, email } = ada
    const user = { uuid, slug, email, name: 'Ada', admin: false, locked: false }
    expect(await whoami(ada.token)).toEqual({ kind: 'user', user, credential: 'session' })
    const { key } = await createUserKey(service, ada, { name: 'mine' })
    expect(await whoami(key)).toEqual({ kind: 'user', user, credential: 'user_key' })
  })

  test('tells a plain project key its name, its project and its times, and nothing else', async () => {
    const { uuid, key, creation, expiration } = await create({
      description: 'd',
      external_id: 'c',
      metadata: { a: 'b' },
    })
    const itself = { uuid, name: 'ci', project: { uuid: project.uuid, slug: project.slug }, creation, expiration }
    expect(await whoami(key)).toEqual({ kind: 'project_key', ...itself })
  })

  test('tells what it may do, where that is set', async () => {
    const settings = { scopes: ['a'], rate_limit: { requests: 5, seconds: 60 }, self_rotation: true }
    const { key } = await create({ ...settings, allowed_networks: ['127.0.0.0/8'] })
    expect(await whoami(key)).toMatchObject({ ...settings, allowed_networks: ['127.0.0.0/8'] })
  })

  test('tells the holder of an old secret when that one ends', async () => {
    const key = await create()
    await byManager(key, 'rotate')
    const inThirtyDays = new Date(service.clock.now.getTime() + 30 * 24 * 60 * 60 * 1000)
    expect(await whoami(key.key)).toMatchObject({ expiration: inThirtyDays.toISOString().replace('.000', '') })
  })

  test('is a 401 for an anonymous caller and for a key that has ended', async () => {
    expect((await service.send('GET', '/v0/whoami')).status).toBe(401)
    const key = await create()
    await service.send('DELETE', keyOf(project, key), ada)
    expect(await whoami(key.key)).toMatchObject({ error_code: 'revoked' })
  })
})

describe('DELETE /v0/whoami', () => {
  test('revokes the key that calls, and only that one', async () => {
    const [key, other] = [await create(), await create()]
    expect((await service.send('DELETE', '/v0/whoami', as(key))).status).toBe(204)
    expect(await whoami(key.key)).toMatchObject({ error_code: 'revoked' })
    expect((await service.send('GET', '/v0/verify', as(key))).body).toMatchObject({ error_code: 'revoked' })
    expect(await whoami(other.key)).toMatchObject({ uuid: other.uuid })
    const input = encodeURIComponent(JSON.stringify({ project: project.slug, key: key.uuid }))
    const details = await service.send('GET', `/trpc/projectKeys.details?input=${input}`, ada)
    expect(details.body).toMatchObject({ result: { data: { revoker: null, reason: 'By the key itself.' } } })
  })

  test('is a 403 for users, and a 401 for anonymous callers', async () => {
    const answers = await Promise.all([ada, {}].map((by) => service.send('DELETE', '/v0/whoami', by)))
    expect(answers.map(({ body }) => body)).toMatchObject([
      { error_code: 'project_key_required' },
      { error_code: 'missing' },
    ])
  })
})

describe('POST /v0/whoami/rotate', () => {
  test('is off unless it was set, by create or PATCH, and off again afterwards', async () => {
    const key = await create()
    expect((await rotateItself(key)).body).toMatchObject({ error_code: 'self_rotation_off' })
    const set = (self_rotation: boolean | null) =>
      service.send('PATCH', keyOf(project, key), { ...ada, body: { self_rotation } })
    await set(true)
    await set(null)
    expect((await rotateItself(key)).body).toMatchObject({ error_code: 'self_rotation_off' })
    await set(true)
    const { status, body } = await rotateItself(key, { grace: 60 })
    expect([status, body]).toMatchObject([201, { uuid: key.uuid, name: 'ci', self_rotation: true }])
    for (const { key: token } of [key, Key.parse(body)]) expect(await whoami(token)).toMatchObject({ uuid: key.uuid })
  })

  test.each([{ replace: true }, { grace: 60, name: 'x' }, { grace: -1 }, { scopes: ['a'] }])(
    'takes a grace alone: %j is a 400',
    async (body) => {
      const key = await create({ self_rotation: true })
      expect((await rotateItself(key, body)).status).toBe(400)
      expect(await whoami(key.key)).toMatchObject({ uuid: key.uuid })
    },
  )

  test('is a 409 while a rotation is open', async () => {
    const key = await create({ self_rotation: true })
    const next = Key.parse((await rotateItself(key)).body)
    for (const each of [key, next]) {
      expect((await rotateItself(each)).body).toMatchObject({ error_code: 'rotation_open' })
    }
  })

  test('can be repeated with an Idempotency-Key, while the key may rotate itself', async () => {
    const key = await create({ self_rotation: true })
    const once = { 'idempotency-key': 'mine' }
    const first = await rotateItself(key, {}, once)
    expect(first.status).toBe(201)
    expect((await rotateItself(key, {}, once)).text).toBe(first.text)
    await service.send('PATCH', keyOf(project, key), { ...ada, body: { self_rotation: false } })
    expect((await rotateItself(key, {}, once)).status).toBe(403)
  })

  test('is a 403 for users', async () => {
    const { body } = await service.send('POST', '/v0/whoami/rotate', ada)
    expect(body).toMatchObject({ error_code: 'project_key_required' })
  })
})

test('a key that may rotate itself can touch nothing else', async () => {
  const key = await create({ self_rotation: true })
  const at = keyOf(project, key)
  const calls: [string, string, unknown?][] = [
    ['GET', keysOf(project)],
    ['POST', keysOf(project), { name: 'x' }],
    ['GET', at],
    ['PATCH', at, { name: 'x' }],
    ['DELETE', at],
    ['POST', `${at}/rotate`, {}],
    ['DELETE', `${at}/rotation`],
  ]
  for (const [method, path, body] of calls) {
    const answer = await service.send(method, path, { ...as(key), body })
    expect([method, path, answer.body]).toMatchObject([method, path, { error_code: 'project_key_not_accepted' }])
  }
})
