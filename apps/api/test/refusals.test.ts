import { beforeAll, describe, expect, test } from 'vitest'
import { startService } from './service.ts'
import { createKey, createProject, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let outsider: Person
let project: Project
let hidden: Project
let good: string
let revoked: string

beforeAll(async () => {
  ada = await signUp(service)
  outsider = await signUp(service)
  project = await createProject(service, ada)
  hidden = await createProject(service, ada, 'private')
  good = (await createKey(service, ada, project, { name: 'good' })).key
  const key = await createKey(service, ada, project, { name: 'revoked' })
  await service.send('DELETE', keyOf(project, key), ada)
  revoked = key.key
})

const TOO_LARGE = Buffer.alloc((1 << 20) + 1, 'x')
const TEXT = { 'content-type': 'text/plain' }

/** The status that a create is refused with. */
const refused = async (content: Parameters<typeof service.send>[2], { slug } = project) =>
  (await service.send('POST', keysOf({ slug }), content)).status

describe('the order of refusals', () => {
  test('is first the route: 404 and 405 whatever the credential', async () => {
    for (const token of [undefined, 'x', revoked, ada.token]) {
      expect((await service.send('GET', '/v0/nope', { token })).status).toBe(404)
      expect((await service.send('PUT', keysOf(project), { token, body: TOO_LARGE })).status).toBe(405)
    }
  })

  test('is then the credential: 401 whatever is wrong besides', async () => {
    for (const token of [undefined, 'x', revoked]) {
      expect(await refused({ token, body: TOO_LARGE })).toBe(401)
      expect(await refused({ token, headers: TEXT, body: 'x' })).toBe(401)
      expect(await refused({ token, body: 'x' })).toBe(401)
      expect(await refused({ token, body: '' }, { ...project, slug: 'NOT-A-SLUG' })).toBe(401)
      expect(await refused({ token, body: { name: 'a' } }, { ...project, slug: 'nowhere' })).toBe(401)
      expect((await service.send('GET', `${keysOf(project)}?page=x`, { token })).status).toBe(401)
      expect((await service.send('GET', `${keysOf(project)}/x`, { token })).status).toBe(401)
    }
  })

  test('is then a project key where none is taken: 403', async () => {
    expect(await refused({ token: good, body: TOO_LARGE })).toBe(403)
    expect(await refused({ token: good, headers: TEXT, body: 'x' })).toBe(403)
    expect(await refused({ token: good, body: 'x' })).toBe(403)
    expect((await service.send('GET', `${keysOf(hidden)}?page=x`, { token: good })).status).toBe(403)
  })

  test('is then the size, the type and what is in it: 413, 415, 400, for who may not too', async () => {
    for (const { token } of [ada, outsider]) {
      for (const { slug } of [project, hidden, { slug: 'nowhere' }]) {
        expect(await refused({ token, headers: TEXT, body: TOO_LARGE }, { ...project, slug })).toBe(413)
        expect(await refused({ token, headers: TEXT, body: 'x' }, { ...project, slug })).toBe(415)
        expect(await refused({ token, body: 'x' }, { ...project, slug })).toBe(400)
        expect(await refused({ token, body: { name: ' ' } }, { ...project, slug })).toBe(400)
        expect((await service.send('GET', `${keysOf({ slug })}?page=x`, { token })).status).toBe(400)
        expect((await service.send('DELETE', `${keysOf({ slug })}/x`, { token })).status).toBe(400)
      }
    }
  })

  test('is then the permission: 403, 404 before the key is looked for', async () => {
    const unknown = { uuid: ada.uuid }
    expect((await service.send('DELETE', keyOf(project, unknown), outsider)).status).toBe(403)
    expect((await service.send('DELETE', keyOf(hidden, unknown), outsider)).status).toBe(404)
    expect((await service.send('PATCH', keyOf(project, unknown), { ...outsider, body: {} })).status).toBe(403)
  })

  test('is last the state: 404 of an unknown key before 409 of nothing to change', async () => {
    expect((await service.send('PATCH', keyOf(project, { uuid: ada.uuid }), { ...ada, body: {} })).status).toBe(404)
  })
})

describe('a refusal', () => {
  test('has a request id of its own each time, in the header and the body', async () => {
    const ids = new Set<unknown>()
    for (let i = 0; i < 3; i++) ids.add((await service.send('GET', '/v0/nope')).headers.get('x-request-id'))
    expect(ids.size).toBe(3)
    const { headers } = await service.send('GET', '/v0/nope', {
      headers: { 'x-request-id': 'mine', 'request-id': 'mine' },
    })
    expect(headers.get('x-request-id')).not.toBe('mine')
  })

  test('says what is wrong, and where', async () => {
    const message = async (query: string) => (await service.send('GET', `${keysOf(project)}?${query}`, ada)).body
    expect(await message('per_page=256')).toMatchObject({ message: 'per_page: must be at most 255.' })
    expect(await message('page=1&page=2')).toMatchObject({ message: 'page: must be given once.' })
    expect(await message('page=-1&sort=x')).toMatchObject({ message: expect.stringMatching(/page: .* sort: /) })
  })

  test('never repeats a secret that was sent in a wrong place', async () => {
    const { token } = ada
    const places = [
      await service.send('GET', `/v0/nope/${good}`),
      await service.send('GET', `${keysOf(project)}/${good}`, { token }),
      await service.send('GET', keysOf({ slug: good }), { token }),
      await service.send('GET', `${keysOf(project)}?per_page=${good}&sort=${good}`, { token }),
      await service.send('POST', keysOf(project), { token, body: { name: [good], ttl: good } }),
      await service.send('POST', keysOf(project), { token, body: `{"name":"a",${good}` }),
      await service.send('POST', keysOf(project), { token, body: good, headers: { 'content-type': good } }),
      await service.send('POST', '/v0/auth/confirm', { body: { token: good } }),
      await service.send(`GET`, keysOf(project), { headers: { authorization: `Basic ${good}` } }),
    ]
    for (const { status, text, headers } of places) {
      expect(status).toBeGreaterThanOrEqual(400)
      expect(text + JSON.stringify([...headers])).not.toContain(good)
    }
  })
})
