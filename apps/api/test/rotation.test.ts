import { wholeSecond } from '@project-keys/keys'
import { execute } from '@project-keys/keys/test'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { formOf } from './http.ts'
import { startService } from './service.ts'
import { createProject, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const DAY = 24 * 60 * 60
const SETTINGS = {
  description: 'Uploads the reports',
  scopes: ['reports:*'],
  external_id: 'Customer-42',
  metadata: { team: 'billing' },
  rate_limit: { requests: 600, seconds: 60 },
  self_rotation: true,
}

const service = await startService()
let ada: Person
let project: Project

beforeAll(async () => {
  service.clock.now = wholeSecond(new Date())
  ada = await signUp(service)
  project = await createProject(service, ada)
})
// The first use of a secret has the time of the database.
beforeEach(() => {
  service.clock.now = wholeSecond(new Date())
})

const asAda = () => ({ token: service.tokenOf(ada.email) })

const Key = z.object({ uuid: z.string(), key: z.string(), expiration: z.string() })
const Rotation = z.object({
  started: z.string(),
  grace: z.int(),
  first_used: z.string().nullable(),
  ends: z.string(),
})
type Key = z.output<typeof Key>

const create = async (body: object = {}) =>
  Key.parse((await service.send('POST', keysOf(project), { ...asAda(), body: { name: 'ci', ...body } })).body)
const send = (method: string, key: Key, path = '', body?: unknown) =>
  service.send(method, keyOf(project, key) + path, { ...asAda(), body })
const rotate = (key: Key, body?: unknown) => send('POST', key, '/rotate', body)
const rotated = async (key: Key, body?: unknown) => {
  const { status, body: answer } = await rotate(key, body)
  expect(status).toBe(201)
  return Key.parse(answer)
}
const view = async (key: Key) => z.looseObject({}).parse((await send('GET', key)).body)
const rotationOf = async (key: Key) => Rotation.optional().parse((await view(key)).rotation)
const timeOf = (seconds: number) =>
  new Date(service.clock.now.getTime() + seconds * 1000).toISOString().replace('.000', '')
const sql = (text: string, values: unknown[]) => execute(service.databaseUrl, text, values)

/** The answer of each door where a key authenticates to a secret: 200, or the code of its refusal. */
async function atAllDoors({ key: token }: { key: string }) {
  const answers = await Promise.all([
    service.send('GET', '/v0/verify', { token }),
    service.send('GET', `/v0/projects/${project.slug}`, { token }),
    service.send('POST', '/v0/introspect', { token, ...formOf({ token }) }),
  ])
  const says = answers.map(({ status, body }) => (status === 200 ? 200 : z.looseObject({}).parse(body).error_code))
  const { body } = await service.send('POST', '/v0/introspect', withToken(asAda(), formOf({ token })))
  return [...says, z.looseObject({}).parse(body).active]
}
const withToken = ({ token }: { token: string }, form: ReturnType<typeof formOf>) => ({
  ...form,
  headers: { ...form.headers, authorization: `Bearer ${token}` },
})
const GOOD = [200, 200, 200, true]
const REPLACED = ['replaced', 'replaced', 'replaced', false]
const UNKNOWN = ['unknown', 'unknown', 'unknown', false]
const usedFirst = (key: Key) => expect.poll(async () => (await rotationOf(key))?.first_used, { timeout: 2000 })

describe('POST …/rotate', () => {
  test('answers as a create does, with the same key and another secret', async () => {
    const key = await create(SETTINGS)
    const before = await view(key)
    const { status, body } = await rotate(key)
    const { creator: _, ...same } = before
    expect([status, body]).toEqual([201, { ...same, key: expect.stringMatching(/^bencher_run_/) }])
    expect(Key.parse(body).key).not.toBe(key.key)
  })

  test('changes no setting, and nothing else of the key', async () => {
    const key = await create(SETTINGS)
    const before = (await send('GET', key)).text
    const next = await rotated(key, { grace: 60 })
    const { rotation, ...after } = await view(key)
    expect(JSON.stringify(after)).toBe(before)
    expect(rotation).toEqual({ started: timeOf(0), grace: 60, first_used: null, ends: timeOf(30 * DAY) })
    for (const { key: token } of [key, next]) {
      expect((await service.send('GET', '/v0/verify', { token })).body).toMatchObject({ uuid: key.uuid, name: 'ci' })
    }
  })

  test('leaves the old secret good at every door, and makes the new one good at once in this process', async () => {
    const key = await create()
    await atAllDoors(key)
    const next = await rotated(key)
    expect([await atAllDoors(next), await atAllDoors(key)]).toEqual([GOOD, GOOD])
  })

  test('ends the old secret so long after the first use of the new one, which is written within 2 s', async () => {
    const key = await create()
    const next = await rotated(key, { grace: 3600 })
    await atAllDoors(key)
    expect((await rotationOf(key))?.first_used).toBeNull()
    await service.send('GET', '/v0/verify', { token: next.key })
    await usedFirst(key).toEqual(expect.any(String))
    const { first_used, ends } = Rotation.parse(await rotationOf(key))
    expect(Date.parse(ends) - Date.parse(first_used ?? '')).toBe(3600 * 1000)
    service.clock.now = new Date(Date.parse(ends) - 1000)
    expect(await atAllDoors(key)).toEqual(GOOD)
    service.clock.now = new Date(ends)
    expect([await atAllDoors(key), await atAllDoors(next)]).toEqual([REPLACED, GOOD])
    expect(await rotationOf(key)).toBeUndefined()
  })

  test('counts a first use at the other doors, too', async () => {
    for (const use of [
      (token: string) => service.send('GET', `/v0/projects/${project.slug}`, { token }),
      (token: string) => service.send('POST', '/v0/introspect', { token, ...formOf({ token }) }),
    ]) {
      const key = await create()
      const next = await rotated(key)
      await use(next.key)
      await usedFirst(key).toEqual(expect.any(String))
    }
  })

  test('ends the old secret at the first use of the new one with a grace of 0', async () => {
    const key = await create()
    const next = await rotated(key, { grace: 0 })
    expect(await atAllDoors(key)).toEqual(GOOD)
    await service.send('GET', '/v0/verify', { token: next.key })
    // The service's clock stands still here, and the database's may be in the next seconds.
    service.wait(5)
    await expect.poll(() => rotationOf(key), { timeout: 2000 }).toBeUndefined()
    await expect.poll(() => atAllDoors(key), { timeout: 2000 }).toEqual(REPLACED)
    expect(await atAllDoors(next)).toEqual(GOOD)
  })

  test('takes a grace of 0 to 30 days, a day unless given, and no body at all', async () => {
    for (const [body, grace] of [
      [undefined, DAY],
      [{}, DAY],
      [{ grace: null, replace: null }, DAY],
      [{ grace: 0, replace: false }, 0],
      [{ grace: 30 * DAY }, 30 * DAY],
    ] as const) {
      const key = await create()
      await rotated(key, body)
      expect(await rotationOf(key)).toMatchObject({ grace })
    }
  })

  test('carries no secret beyond the expiration of its key', async () => {
    const key = await create({ ttl: 600 })
    const next = await rotated(key, { grace: DAY })
    expect(next.expiration).toBe(key.expiration)
    expect(await rotationOf(key)).toMatchObject({ ends: key.expiration })
    service.wait(600)
    const says = [await atAllDoors(key), await atAllDoors(next)]
    expect(says.flat().filter((said) => said === 200 || said === true)).toEqual([])
    expect(await rotationOf(key)).toBeUndefined()
  })

  test.each([
    [{ grace: -1 }, /^grace: must be at least 0/],
    [{ grace: 30 * DAY + 1 }, /^grace: must be at most 2592000/],
    [{ grace: 1.5 }, /^grace: must be a whole number/],
    [{ grace: '60' }, /^grace: must be a whole number/],
    [{ replace: 'true' }, /^replace: must be true or false/],
    [{ grace: 60, name: 'new' }, /^input: must hold no other fields than `grace` and `replace`/],
    [{ scopes: ['a'] }, /no other fields/],
    [{ expiration: '2030-01-01T00:00:00Z' }, /no other fields/],
    [{ project: 'other' }, /no other fields/],
    [{ uuid: '01890a5d-ac96-774b-bcce-b302099a8057' }, /no other fields/],
    [{ scope: 'a' }, /^scope: must be left out, because the field is called `scopes`/],
    [{ expires_at: 'x' }, /`expiration`/],
    [[], /must be a JSON object/],
  ])('answers 400 to %j, and changes nothing', async (body, message) => {
    const key = await create()
    const before = (await send('GET', key)).text
    expect(await rotate(key, body)).toMatchObject({ status: 400, body: { message: expect.stringMatching(message) } })
    expect((await send('GET', key)).text).toBe(before)
    expect(await atAllDoors(key)).toEqual(GOOD)
  })

  test('over tRPC refuses other fields, too', async () => {
    const key = await create()
    const body = { project: project.slug, key: key.uuid, name: 'x' }
    const { status, text } = await service.send('POST', '/trpc/rotations.rotate', { ...asAda(), body })
    expect([status, text]).toEqual([400, expect.stringContaining('must hold no other fields')])
  })

  test('answers 409 for a revoked and for an expired key', async () => {
    const [revoked, expired] = [await create(), await create({ ttl: 60 })]
    await send('DELETE', revoked)
    service.wait(60)
    expect((await rotate(revoked)).body).toMatchObject({ error_code: 'key_revoked' })
    expect((await rotate(expired)).body).toMatchObject({ error_code: 'key_expired' })
    expect((await rotate({ ...expired, uuid: project.uuid })).body).toMatchObject({ error_code: 'key_not_found' })
  })

  test('of eight at once answers one with 201, seven with 409, and opens one rotation', async () => {
    const key = await create()
    const answers = await Promise.all(Array.from({ length: 8 }, () => rotate(key)))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 7 }, () => 409)])
    const next = Key.parse(answers.find(({ status }) => status === 201)?.body)
    expect([await atAllDoors(key), await atAllDoors(next)]).toEqual([GOOD, GOOD])
  })

  test('can be repeated with an Idempotency-Key', async () => {
    const key = await create()
    const content = { ...asAda(), headers: { 'idempotency-key': 'a' }, body: { grace: 60 } }
    const once = () => service.send('POST', `${keyOf(project, key)}/rotate`, content)
    const first = await once()
    expect(first.status).toBe(201)
    expect((await once()).text).toBe(first.text)
    expect(await atAllDoors(Key.parse(first.body))).toEqual(GOOD)
  })
})

describe('a second rotation while one is open', () => {
  test('is a 409 that says what to do, and opens nothing', async () => {
    const key = await create()
    const next = await rotated(key)
    const unused = await rotate(key)
    expect(unused.body).toMatchObject({
      error_code: 'rotation_open',
      message: expect.stringContaining('`replace: true`'),
    })
    await service.send('GET', '/v0/verify', { token: next.key })
    await usedFirst(key).toEqual(expect.any(String))
    const used = await rotate(key)
    expect(used.body).toMatchObject({
      error_code: 'rotation_open',
      message: expect.stringContaining('old secret must end first'),
    })
    expect([await atAllDoors(key), await atAllDoors(next)]).toEqual([GOOD, GOOD])
  })

  test('with `replace` drops a new secret that was never used, and keeps the first', async () => {
    const key = await create()
    const lost = await rotated(key)
    const next = await rotated(key, { replace: true })
    expect([await atAllDoors(key), await atAllDoors(next), await atAllDoors(lost)]).toEqual([GOOD, GOOD, UNKNOWN])
  })

  test('with `replace` drops the old secret once the new one was used, which becomes the old one', async () => {
    const key = await create()
    const second = await rotated(key)
    await service.send('GET', '/v0/verify', { token: second.key })
    await usedFirst(key).toEqual(expect.any(String))
    const third = await rotated(key, { replace: true })
    expect([await atAllDoors(key), await atAllDoors(second), await atAllDoors(third)]).toEqual([UNKNOWN, GOOD, GOOD])
  })

  test('is allowed when the old secret has ended, and forgets that one', async () => {
    const key = await create()
    const second = await rotated(key)
    service.wait(30 * DAY)
    expect(await atAllDoors(key)).toEqual(REPLACED)
    const third = await rotated(key)
    expect([await atAllDoors(key), await atAllDoors(second), await atAllDoors(third)]).toEqual([UNKNOWN, GOOD, GOOD])
  })
})

describe('DELETE …/rotation', () => {
  test('answers 204, and the old secret has ended at once, with a reason', async () => {
    const key = await create()
    const next = await rotated(key)
    await atAllDoors(key)
    expect((await send('DELETE', key, '/rotation')).status).toBe(204)
    expect([await atAllDoors(key), await atAllDoors(next)]).toEqual([REPLACED, GOOD])
    const { headers, body } = await service.send('GET', '/v0/verify', { token: key.key })
    const message = `This secret of the key was replaced by a new one, and ended on ${timeOf(0).slice(0, 10)}.`
    expect(body).toMatchObject({ message })
    expect(headers.get('www-authenticate')).toContain(message)
    expect(await rotationOf(key)).toBeUndefined()
  })

  test('answers 409 where none is open', async () => {
    const key = await create()
    const none = async () => (await send('DELETE', key, '/rotation')).body
    expect(await none()).toMatchObject({ error_code: 'no_rotation' })
    await rotated(key)
    await send('DELETE', key, '/rotation')
    expect(await none()).toMatchObject({ error_code: 'no_rotation' })
    expect((await send('DELETE', { ...key, uuid: project.uuid }, '/rotation')).status).toBe(404)
  })
})

test('a renewal moves the end of both secrets, and not the grace', async () => {
  const key = await create({ ttl: 600 })
  const next = await rotated(key, { grace: DAY })
  service.wait(600)
  const expiration = timeOf(10 * DAY)
  expect((await send('PATCH', key, '', { expiration })).body).toMatchObject({
    rotation: { grace: DAY, ends: expiration },
  })
  expect([await atAllDoors(key), await atAllDoors(next)]).toEqual([GOOD, GOOD])
})

test('a revocation ends both secrets at once', async () => {
  const key = await create()
  const next = await rotated(key)
  await Promise.all([atAllDoors(key), atAllDoors(next)])
  expect((await send('DELETE', key)).status).toBe(204)
  const REVOKED = ['revoked', 'revoked', 'revoked', false]
  expect([await atAllDoors(key), await atAllDoors(next)]).toEqual([REVOKED, REVOKED])
  expect(await rotationOf(key)).toBeUndefined()
})

test('the use of an old secret counts as calls of its key, and its last use is kept apart', async () => {
  const key = await create()
  const next = await rotated(key)
  const details = async () => {
    const input = encodeURIComponent(JSON.stringify({ project: project.slug, key: key.uuid }))
    return (await service.send('GET', `/trpc/projectKeys.details?input=${input}`, asAda())).body
  }
  expect(await details()).toMatchObject({
    result: {
      data: { last_used: null, rotation: { last_four: key.key.slice(-4), last_used: null, new_last_used: null } },
    },
  })
  await service.send('GET', '/v0/verify', { token: key.key })
  const minute = `${timeOf(0).slice(0, 16)}:00Z`
  await expect.poll(details, { timeout: 3000 }).toMatchObject({
    result: { data: { last_used: minute, rotation: { last_used: minute, address: '127.0.0.1', new_last_used: null } } },
  })
  expect(await sql('SELECT FROM project_key_uses WHERE key = $1', [key.uuid])).toEqual([])
  await service.send('GET', '/v0/verify', { token: next.key })
  await expect
    .poll(() => sql('SELECT calls::int FROM project_key_calls WHERE key = $1', [key.uuid]), { timeout: 3000 })
    .toEqual([{ calls: 2 }])
  const usage = (await service.send('GET', `${keyOf(project, key)}/usage`, asAda())).body
  expect(usage).toMatchObject({ last_used: minute, address: '127.0.0.1' })
})

test('the list shows an open rotation', async () => {
  const key = await create({ name: 'listed' })
  await rotated(key)
  const { body } = await service.send('GET', `${keysOf(project)}?name=listed`, asAda())
  expect(body).toEqual([expect.objectContaining({ uuid: key.uuid, rotation: expect.objectContaining({ grace: DAY }) })])
})
