import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startService } from './service.ts'
import { createKey, createProject, keyOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project
let key: { uuid: string; key: string; creation: string; expiration: string }
let path: string

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
})
beforeEach(async () => {
  key = await createKey(service, ada, project, { name: 'ci', ttl: 60 })
  path = keyOf(project, key)
})

const view = (at = path) => service.send('GET', at, ada)
const rename = (body: unknown, at = path) => service.send('PATCH', at, { ...ada, body })
const revoke = (at = path) => service.send('DELETE', at, ada)
/** Whether the secret opens its project. */
const works = async () => (await service.send('GET', `/v0/projects/${project.slug}`, { token: key.key })).status === 200

const UNKNOWN = '01890a5d-ac96-774b-bcce-b302099a8057'

describe('GET /v0/projects/{project}/keys/{key}', () => {
  test('answers 200 with the key, its fields in this order', async () => {
    const { status, text, body } = await view()
    expect(status).toBe(200)
    const { uuid, creation, expiration } = key
    expect(body).toEqual({ uuid, project: project.uuid, creator: ada.uuid, name: 'ci', creation, expiration })
    expect(Object.keys(JSON.parse(text))).toEqual(['uuid', 'project', 'creator', 'name', 'creation', 'expiration'])
  })

  test('shows `revoked` last, once it is', async () => {
    service.wait(5)
    await revoke()
    const { text, body } = await view()
    expect(body).toMatchObject({ revoked: service.clock.now.toISOString().replace('.000', '') })
    expect(Object.keys(JSON.parse(text)).at(-1)).toBe('revoked')
  })

  test('shows `creator: null` when its creator is no more', async () => {
    const passing = await signUp(service)
    const { uuid } = await createKey(service, service.admin, project, { name: 'left behind' })
    await service.db.prisma.projectKey.update({ where: { uuid }, data: { creator: passing.uuid } })
    await service.db.prisma.user.delete({ where: { uuid: passing.uuid } })
    expect((await view(keyOf(project, { uuid }))).body).toMatchObject({ creator: null })
  })
})

describe('PATCH /v0/projects/{project}/keys/{key}', () => {
  test('answers 200 with the key after the rename, and with nothing else changed', async () => {
    const before = (await view()).body
    const { status, body } = await rename({ name: 'ci-main' })
    expect(status).toBe(200)
    expect(body).toEqual(Object.assign({}, before, { name: 'ci-main' }))
    expect((await view()).body).toEqual(body)
    expect(await works()).toBe(true)
  })

  test('takes the same name again', async () => {
    expect((await rename({ name: 'ci' })).status).toBe(200)
  })

  test('renames a revoked key, which stays revoked', async () => {
    await revoke()
    const { status, body } = await rename({ name: 'late' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ name: 'late', revoked: expect.any(String) })
  })

  test('ignores all other fields', async () => {
    const { body } = await rename({
      name: 'b',
      ttl: 1,
      creation: 1,
      revoked: null,
      creator: null,
      uuid: UNKNOWN,
      key: UNKNOWN,
    })
    expect(body).toMatchObject({ name: 'b', uuid: key.uuid, creator: ada.uuid, expiration: key.expiration })
  })

  test.each([{}, { name: null }, { ttl: 60 }, { Name: 'a' }])(
    'answers %j, which changes nothing, with 409',
    async (body) => {
      expect((await rename(body)).status).toBe(409)
    },
  )

  test.each([{ name: '' }, { name: ' a' }, { name: 'x'.repeat(65) }, { name: 1 }, 'null', '[]', '"a"', ''])(
    'refuses %j with 400',
    async (body) => {
      expect((await rename(body)).status).toBe(400)
      expect((await view()).body).toMatchObject({ name: 'ci' })
    },
  )
})

describe('DELETE /v0/projects/{project}/keys/{key}', () => {
  test('answers 204 with nothing, and the secret stops at once', async () => {
    expect(await works()).toBe(true)
    const { status, text, headers } = await revoke()
    expect([status, text, headers.get('content-type')]).toEqual([204, '', null])
    expect(await works()).toBe(false)
  })

  test('revokes once: 409 from then on, and the time stays', async () => {
    await revoke()
    const before = (await view()).body
    service.wait(60)
    expect((await revoke()).status).toBe(409)
    expect((await view()).body).toEqual(before)
  })

  test('revokes an expired key', async () => {
    service.wait(120)
    expect((await revoke()).status).toBe(204)
  })

  test('needs no body, and reads none', async () => {
    expect((await service.send('DELETE', path, { ...ada, body: 'not JSON' })).status).toBe(204)
  })

  test('lets exactly one of many at once revoke', async () => {
    for (let round = 0; round < 5; round++) {
      const at = keyOf(project, await createKey(service, ada, project, { name: 'race' }))
      const statuses = (await Promise.all(Array.from({ length: 8 }, () => revoke(at)))).map(({ status }) => status)
      expect(statuses.sort()).toEqual([204, ...Array.from({ length: 7 }, () => 409)])
    }
  })
})

describe.each([
  ['GET', undefined],
  ['PATCH', { name: 'x' }],
  ['PATCH', {}],
  ['DELETE', undefined],
])('%s of a key (%j)', (method, body) => {
  const ask = async (at: string) => service.send(method, at, { ...ada, body })

  test('finds it under its UUIDs in any letter case', async () => {
    const loud = `/v0/projects/${project.uuid.toUpperCase()}/keys/${key.uuid.toUpperCase()}`
    expect((await ask(loud)).status).toBeOneOf([200, 204, 409])
  })

  test('answers for another project’s key as for one that is not there: 404', async () => {
    const other = await createProject(service, ada)
    const foreign = await ask(keyOf(other, key))
    const unknown = await ask(keyOf(other, { uuid: UNKNOWN }))
    expect([foreign.status, unknown.status]).toEqual([404, 404])
    expect(withoutId(foreign.text)).toBe(withoutId(unknown.text))
    expect((await view()).body).toMatchObject({ name: 'ci' })
  })

  test.each(['ci', '1', UNKNOWN.slice(1), `${UNKNOWN}0`, `{${UNKNOWN}}`, UNKNOWN.replace('a', 'g'), '%00', '%20'])(
    'refuses the key %s with 400',
    async (uuid) => {
      expect((await ask(keyOf(project, { uuid }))).status).toBe(400)
    },
  )

  test.each(['A', 'a_b', '-a', 'a-', 'a--b', 'x'.repeat(65), '%C3%A9', 'a%2Fb', '%00', 'a.b'])(
    'refuses the project %s with 400',
    async (slug) => {
      expect((await ask(keyOf({ slug }, key))).status).toBe(400)
    },
  )

  test('answers 404 for a project that is not there', async () => {
    for (const slug of ['nowhere', 'x'.repeat(64), UNKNOWN]) expect((await ask(keyOf({ slug }, key))).status).toBe(404)
  })
})

const withoutId = (text: string) => text.replace(/"request_id":"[^"]*"/, '')
