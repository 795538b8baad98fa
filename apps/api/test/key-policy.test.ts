import { beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import { addMember, createProject, createUserKey, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
const DAY = 86_400
const NEVER = '2162-06-07T18:28:15Z'
const PLAIN = {
  max_ttl: null,
  default_ttl: null,
  require_expiration: false,
  require_scopes: false,
  require_networks: false,
}

let ada: Person
let project: Project
let place: { organization: string; project: string }

beforeEach(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
  place = { organization: `/v0/organizations/${project.organization}`, project: `/v0/projects/${project.slug}` }
})

const set = (at: 'organization' | 'project', key_policy: unknown, { token } = ada) =>
  service.send('PATCH', place[at], { token, body: { key_policy } })
const create = (body: object = {}) => service.send('POST', keysOf(project), { ...ada, body: { name: 'ci', ...body } })
const change = (path: string, body: object) => service.send('PATCH', path, { ...ada, body })
const view = async (path: string) => (await service.send('GET', path, ada)).body
const made = async (body: object = {}) =>
  keyOf(project, z.object({ uuid: z.string() }).parse((await create(body)).body))
const after = (seconds: number) =>
  new Date(service.clock.now.getTime() + seconds * 1000).toISOString().replace('.000', '')
const trpc = async (name: string, input: object = {}) => {
  const asked = encodeURIComponent(JSON.stringify({ project: project.slug, ...input }))
  const { body } = await service.send('GET', `/trpc/${name}?input=${asked}`, ada)
  return z.object({ result: z.object({ data: z.unknown() }) }).parse(body).result.data
}
const broken = (message: string) => ({ status: 409, body: expect.objectContaining({ error_code: 'policy', message }) })

describe.each(['organization', 'project'] as const)('the key_policy of the %s', (at) => {
  test('is set, replaced as a whole, shown, and taken away by null', async () => {
    const before = await service.send('GET', place[at], ada)
    expect(before.body).not.toHaveProperty('key_policy')
    const long = { ...PLAIN, max_ttl: 90 * DAY, default_ttl: 30 * DAY, require_scopes: true }
    expect((await set(at, long)).body).toMatchObject({ key_policy: long })
    expect((await service.send('GET', place[at], ada)).body).toMatchObject({ key_policy: long })
    expect((await set(at, { require_networks: true })).body).toMatchObject({
      key_policy: { ...PLAIN, require_networks: true },
    })
    await service.send('PATCH', place[at], { ...ada, body: { name: 'Renamed' } })
    expect((await service.send('GET', place[at], ada)).body).toMatchObject({ key_policy: { require_networks: true } })
    for (const none of [null, {}, PLAIN]) {
      await set(at, { require_scopes: true })
      expect((await set(at, none)).body).not.toHaveProperty('key_policy')
      expect((await service.send('GET', place[at], ada)).body).not.toHaveProperty('key_policy')
    }
  })

  test.each([
    [{ max_ttl: 60, default_ttl: 61 }, 'key_policy.default_ttl: must be at most `max_ttl`.'],
    [{ max_ttl: 0 }, 'key_policy.max_ttl: must be at least 1 second.'],
    [{ max_ttl: 4_294_967_296 }, 'key_policy.max_ttl: must be at most 4294967295 seconds.'],
    [{ default_ttl: 1.5 }, 'key_policy.default_ttl: must be a whole number of seconds, or null.'],
    [{ max_ttl: '60' }, 'key_policy.max_ttl: must be a whole number of seconds, or null.'],
    [{ require_scopes: 'true' }, 'key_policy.require_scopes: must be true or false.'],
    [{ max_tll: 60 }, expect.stringMatching(/^key_policy: must be an object of the rules .* nothing else\.$/)],
    ['strict', expect.stringMatching(/^key_policy: must be an object of the rules/)],
    [[], expect.stringMatching(/^key_policy: must be an object of the rules/)],
  ])('refuses %j with 400, and stays as it was', async (policy, message) => {
    await set(at, { max_ttl: DAY })
    const answer = await set(at, policy)
    expect([answer.status, answer.body]).toEqual([400, expect.objectContaining({ message })])
    expect((await service.send('GET', place[at], ada)).body).toMatchObject({ key_policy: { ...PLAIN, max_ttl: DAY } })
  })

  test('holds for a create: 409 names the rule and the place', async () => {
    const of = (rule: string, demand: string) => broken(`The key policy of the ${at} (\`${rule}\`) ${demand}`)
    await set(at, { max_ttl: DAY })
    expect(await create({ ttl: DAY + 1 })).toMatchObject(
      of('max_ttl', 'lets a key live for at most 86400 seconds: choose an earlier end.'),
    )
    expect((await create({ ttl: DAY })).status).toBe(201)
    await set(at, { require_expiration: true })
    for (const body of [{}, { ttl: null }, { ttl: 4_294_967_295 }]) {
      expect(await create(body)).toMatchObject(of('require_expiration', 'requires that a key expires: choose an end.'))
    }
    expect((await create({ ttl: 60 })).status).toBe(201)
    await set(at, { require_scopes: true })
    for (const body of [{}, { scopes: null }]) {
      expect(await create(body)).toMatchObject(of('require_scopes', 'requires that a key has `scopes`: send some.'))
    }
    expect((await create({ scopes: ['a'] })).status).toBe(201)
    await set(at, { require_networks: true })
    expect(await create()).toMatchObject(
      of('require_networks', 'requires that a key has `allowed_networks`: send some.'),
    )
    expect((await create({ allowed_networks: ['::/0'] })).status).toBe(201)
  })
})

test('a missing ttl becomes default_ttl, otherwise max_ttl', async () => {
  for (const ttl of [undefined, null]) {
    await set('organization', { max_ttl: 90 * DAY })
    expect((await create({ ttl })).body).toMatchObject({ expiration: after(90 * DAY) })
    await set('project', { default_ttl: 30 * DAY })
    expect((await create({ ttl })).body).toMatchObject({ expiration: after(30 * DAY) })
    await set('organization', { max_ttl: DAY })
    expect((await create({ ttl })).body).toMatchObject({ expiration: after(DAY) })
    await set('project', null)
    await set('organization', null)
    expect((await create({ ttl })).body).toMatchObject({ expiration: NEVER })
  }
})

test('the stricter of two policies wins, and is named', async () => {
  await set('organization', { max_ttl: 9 * DAY, require_scopes: true })
  await set('project', { max_ttl: DAY })
  const scopes = ['a']
  expect((await create({ ttl: 2 * DAY, scopes })).body).toMatchObject({
    message: expect.stringContaining('of the project'),
  })
  expect((await create({ ttl: DAY })).body).toMatchObject({ message: expect.stringContaining('of the organization') })
  expect((await create({ ttl: DAY, scopes })).status).toBe(201)
})

test('a key of the console’s form is bound, too', async () => {
  await set('project', { require_scopes: true })
  const body = { project: project.slug, name: 'ci', uuid: crypto.randomUUID() }
  expect((await service.send('POST', '/trpc/projectKeys.createOnce', { ...ada, body })).status).toBe(409)
})

test('a renewal is checked by all rules, and counts the lifetime from now', async () => {
  const path = await made({ ttl: 60 })
  await set('project', { max_ttl: DAY, require_scopes: true })
  service.wait(3600)
  const before = await view(path)
  expect(await change(path, { expiration: after(DAY + 1), scopes: ['a'] })).toMatchObject(
    broken(
      'The key policy of the project (`max_ttl`) lets a key live for at most 86400 seconds: choose an earlier end.',
    ),
  )
  expect((await change(path, { expiration: after(DAY) })).body).toMatchObject({
    message: expect.stringContaining('require_scopes'),
  })
  expect(await view(path)).toEqual(before)
  expect((await change(path, { expiration: after(DAY), scopes: ['a'] })).status).toBe(200)
  expect((await change(path, { expiration: after(DAY) })).status).toBe(200)
})

test('a change of scopes or networks is checked by its own rule: a key from before can be narrowed step by step', async () => {
  const path = await made({ scopes: ['a', 'b'], allowed_networks: ['10.0.0.0/8'] })
  await set('project', { max_ttl: DAY, require_scopes: true, require_networks: true })
  expect((await change(path, { scopes: ['a'] })).status).toBe(200)
  for (const field of ['scopes', 'allowed_networks']) {
    const before = await view(path)
    expect((await change(path, { [field]: null })).body).toMatchObject({ error_code: 'policy' })
    expect(await view(path)).toEqual(before)
  }
})

test('a rename, another setting and a revocation are never checked', async () => {
  const path = await made()
  await set('organization', { max_ttl: DAY, require_expiration: true, require_scopes: true, require_networks: true })
  const facts = { name: 'other', description: 'd', external_id: 'e', metadata: { a: 'b' }, self_rotation: true }
  expect((await change(path, { ...facts, rate_limit: { requests: 1, seconds: 1 } })).status).toBe(200)
  expect((await service.send('DELETE', path, ada)).status).toBe(204)
})

test('a key that is missing or revoked is refused as such, whatever the policy', async () => {
  const path = await made()
  await service.send('DELETE', path, ada)
  await set('project', { require_scopes: true })
  expect((await change(path, { scopes: null })).body).toMatchObject({ error_code: 'key_revoked' })
  expect((await change(keyOf(project, { uuid: crypto.randomUUID() }), { scopes: null })).status).toBe(404)
})

test('keys from before go on working, and the console shows, filters and counts them as outside the policy', async () => {
  const names = ['long', 'renewed', 'short', 'wide']
  const [, renewed] = [
    await create({ name: 'long', ttl: 9 * DAY, scopes: ['a'] }),
    await made({ name: 'renewed', ttl: 9 * DAY, scopes: ['a'] }),
    await create({ name: 'short', ttl: DAY, scopes: ['a'] }),
    await create({ name: 'wide', ttl: DAY }),
  ]
  const Page = z.object({
    keys: z.array(z.object({ name: z.string(), outside_policy: z.array(z.string()) })),
    total: z.int(),
  })
  const page = async (input: object = {}) => {
    const { keys, total } = Page.parse(await trpc('projectKeys.page', { per_page: 50, ...input }))
    return { keys: Object.fromEntries(keys.map(({ name, outside_policy }) => [name, outside_policy])), total }
  }
  expect(await page()).toEqual({ keys: Object.fromEntries(names.map((name) => [name, []])), total: 4 })
  expect(await page({ attention: 'outside_policy' })).toEqual({ keys: {}, total: 0 })
  await set('organization', { max_ttl: DAY })
  await set('project', { require_scopes: true })
  expect((await change(renewed, { expiration: after(DAY) })).status).toBe(200)
  // Less than a day is left of each, which makes none of them compliant.
  service.wait(DAY - 60)
  const outside = { keys: { long: ['max_ttl'], wide: ['require_scopes'] }, total: 2 }
  expect(await page({ attention: 'outside_policy' })).toEqual(outside)
  expect(await page({ attention: 'outside_policy', search: 'lo' })).toEqual({ keys: { long: ['max_ttl'] }, total: 1 })
  expect(await page({ attention: 'outside_policy', per_page: 0 })).toEqual({ keys: {}, total: 2 })
  expect((await page()).keys).toEqual({ ...outside.keys, renewed: [], short: [] })
  service.clock.now = new Date('2026-05-01T12:00:00Z')
})

describe('a policy and the list of scopes', () => {
  const KEY_SCOPES = [
    { scope: 'reports:write', description: 'Upload reports' },
    { scope: 'reports:*', description: null },
  ]

  test('are shown to those who may manage the place, and to no one else', async () => {
    const body = { key_policy: { require_scopes: true }, key_scopes: KEY_SCOPES }
    const { status } = await service.send('PATCH', place.project, { ...ada, body })
    expect(status).toBe(200)
    const own = z.object({ key: z.string() }).parse((await create({ scopes: ['a'] })).body)
    const seen = async (token?: string) => {
      const { key_policy, key_scopes } = Object((await service.send('GET', place.project, { token })).body)
      return [key_policy !== undefined, key_scopes !== undefined]
    }
    for (const role of ['viewer', 'developer'] as const) {
      expect(await seen((await addMember(service, project, role)).token)).toEqual([false, false])
    }
    for (const token of [undefined, own.key, (await signUp(service)).token])
      expect(await seen(token)).toEqual([false, false])
    for (const token of [ada.token, service.admin.token, (await addMember(service, project, 'maintainer')).token]) {
      expect(await seen(token)).toEqual([true, true])
    }
    expect((await service.send('GET', '/v0/projects?per_page=255', ada)).text).not.toMatch(/key_policy|key_scopes/)
  })

  test('are set by those who may manage the place: a developer gets 403, and nothing is changed', async () => {
    const developer = await addMember(service, project, 'developer')
    for (const body of [{ key_policy: { require_scopes: true } }, { key_policy: null }, { key_scopes: [] }]) {
      const answer = await service.send('PATCH', place.project, {
        token: developer.token,
        body: { name: 'Mine', ...body },
      })
      expect([answer.status, answer.body]).toEqual([403, expect.objectContaining({ error_code: 'permission_denied' })])
    }
    expect((await service.send('GET', place.project, ada)).body).not.toMatchObject({ name: 'Mine' })
    expect((await set('organization', null, await addMember(service, project, 'maintainer'))).status).toBe(404)
  })

  test('key_scopes is replaced as a whole, and taken away by null or an empty list', async () => {
    const send = (key_scopes: unknown) => service.send('PATCH', place.project, { ...ada, body: { key_scopes } })
    for (const none of [null, []]) {
      expect(
        (await send([{ scope: 'reports:write', description: 'Upload reports' }, { scope: 'reports:*' }])).body,
      ).toMatchObject({
        key_scopes: KEY_SCOPES,
      })
      expect((await send(none)).body).not.toHaveProperty('key_scopes')
    }
  })

  test.each([
    ['a', /^key_scopes: must be a list/],
    [['a'], /^key_scopes\.0: /],
    [[{ scope: '*' }], /^key_scopes\.0\.scope: must be of the characters of a scope/],
    [[{ scope: 'a' }, { scope: 'a' }], /^key_scopes: must have each scope once/],
    [[{ scope: 'a', description: 'x'.repeat(201) }], /^key_scopes\.0\.description: must have at most 200/],
    [Array.from({ length: 257 }, (_, n) => ({ scope: `${n}` })), /^key_scopes: must have at most 256 entries/],
  ])('key_scopes refuses %j with 400', async (key_scopes, message) => {
    const answer = await service.send('PATCH', place.project, { ...ada, body: { key_scopes } })
    expect([answer.status, answer.body]).toEqual([
      400,
      expect.objectContaining({ message: expect.stringMatching(message) }),
    ])
  })

  test('are given to the console with the policy in force', async () => {
    expect(await trpc('projects.overview')).toMatchObject({ key_policy: null, policy: null, key_scopes: [] })
    await set('organization', { max_ttl: DAY })
    await service.send('PATCH', place.project, {
      ...ada,
      body: { key_policy: { require_scopes: true }, key_scopes: KEY_SCOPES },
    })
    expect(await trpc('projects.overview')).toMatchObject({
      key_policy: { ...PLAIN, require_scopes: true },
      policy: { ...PLAIN, max_ttl: DAY, require_scopes: true },
      key_scopes: KEY_SCOPES,
    })
  })
})

test('user keys are bound by no policy', async () => {
  await set('organization', { max_ttl: 60, require_scopes: true })
  await set('project', { require_networks: true })
  expect(await createUserKey(service, ada, { name: 'cli' })).toMatchObject({ expiration: NEVER })
})
