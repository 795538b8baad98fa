import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Content, formOf } from './http.ts'
import { type Service, startService } from './service.ts'
import { createKey, createProject, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const SECRET = randomBytes(8).toString('hex')
const service = await startService({ consoleToken: SECRET })
const proxied = await startService({ trustedProxies: ['127.0.0.1'] })

type World = { service: Service; ada: Person; project: Project }
async function worldOf(service: Service): Promise<World> {
  const ada = await signUp(service)
  return { service, ada, project: await createProject(service, ada) }
}
let world: World
let behindProxy: World
beforeAll(async () => {
  world = await worldOf(service)
  behindProxy = await worldOf(proxied)
})

const newKey = ({ service, ada, project }: World, settings: object) =>
  createKey(service, ada, project, { name: 'ci', ...settings })
const verify = (token: string, query = '', content: Content = {}, of = service) =>
  of.send('GET', `/v0/verify${query}`, { token, ...content })
const codeOf = ({ status, body }: { status: number; body: unknown }) => [status, errorCode(body)]
const errorCode = (body: unknown) =>
  typeof body === 'object' && body !== null && 'error_code' in body ? body.error_code : undefined
const introspect = async (of: World, form: Record<string, unknown>) =>
  (await of.service.send('POST', '/v0/introspect', { token: of.ada.token, ...formOf(form) })).body
const callsOf = async ({ service, ada, project }: World, key: { uuid: string }) => {
  await service.verifier.close()
  return (await service.send('GET', `${keyOf(project, key)}/usage`, ada)).body
}
const FROM = (address: string) => ({ headers: { 'x-forwarded-for': address } })

describe('scopes', () => {
  test('GET /v0/verify?scope=a+b answers 200 only if the key has all of them, and names its scopes', async () => {
    const { key } = await newKey(world, { scopes: ['reports:*', 'jobs'] })
    const good = await verify(key, '?scope=reports:write+jobs')
    expect(good.status).toBe(200)
    expect(good.body).toMatchObject({ scopes: ['reports:*', 'jobs'] })
    expect(good.headers.get('x-scopes')).toBe('reports:* jobs')
    for (const lacking of ['reports', 'Reports:x', 'reports-old:x', 'reportsx:y', 'jobs:read', 'reports:write+admin']) {
      const refused = await verify(key, `?scope=${lacking}`)
      expect([lacking, ...codeOf(refused)]).toEqual([lacking, 403, 'insufficient_scope'])
      expect(refused.headers.get('www-authenticate')).toBe(
        `Bearer error="insufficient_scope", scope="${lacking.replace('+', ' ')}"`,
      )
    }
  })

  test('what is asked for is never a pattern', async () => {
    const { key } = await newKey(world, { scopes: ['reports:write'] })
    expect(codeOf(await verify(key, '?scope=reports:*'))).toEqual([403, 'insufficient_scope'])
  })

  test('a key without scopes has every one, and its answer names none', async () => {
    const { key } = await newKey(world, {})
    const { status, body, headers } = await verify(key, '?scope=reports:write')
    expect([status, headers.get('x-scopes')]).toEqual([200, null])
    expect(body).not.toHaveProperty('scopes')
  })

  test('a scope that is given twice, empty or no scope is a 400, and only a good key learns that', async () => {
    const { key } = await newKey(world, { scopes: ['a'] })
    for (const query of [
      '?scope=a&scope=a',
      '?scope=',
      '?scope=a++b',
      '?scope=+a',
      '?scope=%22',
      `?scope=${'x'.repeat(65)}`,
    ]) {
      const { status, text } = await verify(key, query)
      expect([query, status]).toEqual([query, 400])
      expect(text).toContain('scope: must')
      expect((await verify('nonsense', query)).status).toBe(401)
    }
  })

  test('hold at /v0/projects/{project}/verify, too', async () => {
    const { key } = await newKey(world, { scopes: ['a'] })
    const path = `/v0/projects/${world.project.slug}/verify`
    expect((await service.send('GET', `${path}?scope=a`, { token: key })).status).toBe(200)
    expect(codeOf(await service.send('GET', `${path}?scope=b`, { token: key }))).toEqual([403, 'insufficient_scope'])
  })

  test('introspection answers `scope`, and leaves it out for a key without scopes', async () => {
    const scoped = await newKey(world, { scopes: ['a', 'b:*'] })
    expect(await introspect(world, { token: scoped.key })).toMatchObject({ active: true, scope: 'a b:*' })
    const plain = await newKey(world, {})
    expect(await introspect(world, { token: plain.key })).not.toHaveProperty('scope')
  })

  test('a PATCH that narrows them holds at once in the process that makes it', async () => {
    const { uuid, key } = await newKey(world, {})
    expect((await verify(key, '?scope=a')).status).toBe(200)
    const narrowed = { token: world.ada.token, body: { scopes: ['b'] } }
    expect((await service.send('PATCH', keyOf(world.project, { uuid }), narrowed)).status).toBe(200)
    expect(codeOf(await verify(key, '?scope=a'))).toEqual([403, 'insufficient_scope'])
  })
})

describe('networks', () => {
  test('a key works from inside of them and is refused elsewhere, and the reason is told to its holder alone', async () => {
    const inside = await newKey(world, { allowed_networks: ['127.0.0.0/8', '::1/128'] })
    const outside = await newKey(world, { allowed_networks: ['192.0.2.0/24', '::/0'] })
    expect((await verify(inside.key)).status).toBe(200)
    expect(codeOf(await verify(outside.key))).toEqual([403, 'address_not_allowed'])
    expect(await introspect(world, { token: outside.key, address: '198.51.100.1' })).toEqual({ active: false })
  })

  test('hold at GET /v0/projects/{project} and wherever else a key is a credential', async () => {
    const inside = await newKey(world, { allowed_networks: ['127.0.0.0/8'] })
    const outside = await newKey(world, { allowed_networks: ['192.0.2.0/24'] })
    const path = `/v0/projects/${world.project.slug}`
    expect((await service.send('GET', path, { token: inside.key })).status).toBe(200)
    expect(codeOf(await service.send('GET', path, { token: outside.key }))).toEqual([403, 'address_not_allowed'])
    expect(codeOf(await service.send('GET', keysOf(world.project), { token: outside.key }))).toEqual([
      403,
      'address_not_allowed',
    ])
    const asked = { token: outside.key, ...formOf({ token: inside.key }) }
    expect(codeOf(await service.send('POST', '/v0/introspect', asked))).toEqual([403, 'address_not_allowed'])
  })

  test('an address that an unknown proxy tells is no address: 403 at each door', async () => {
    const { key } = await newKey(world, { allowed_networks: ['127.0.0.0/8', '192.0.2.0/24'] })
    const told = FROM('192.0.2.1')
    expect(codeOf(await verify(key, '', told))).toEqual([403, 'address_unknown'])
    const path = `/v0/projects/${world.project.slug}`
    expect(codeOf(await service.send('GET', path, { token: key, ...told }))).toEqual([403, 'address_unknown'])
    expect((await verify((await newKey(world, {})).key, '', told)).status).toBe(200)
  })

  test('a trusted proxy tells the address; one that tells none, or no address, is refused', async () => {
    const { key } = await newKey(behindProxy, { allowed_networks: ['127.0.0.0/8', '192.0.2.0/24'] })
    const ask = (content: Content) => verify(key, '', content, proxied)
    expect((await ask(FROM('192.0.2.1'))).status).toBe(200)
    expect((await ask(FROM('::ffff:192.0.2.1'))).status).toBe(200)
    expect((await ask(FROM('203.0.113.5, 192.0.2.1'))).status).toBe(200)
    expect(codeOf(await ask(FROM('203.0.113.5')))).toEqual([403, 'address_not_allowed'])
    expect(codeOf(await ask(FROM('192.0.2.1, 203.0.113.5')))).toEqual([403, 'address_not_allowed'])
    expect(codeOf(await ask(FROM('_hidden')))).toEqual([403, 'address_unknown'])
    expect(codeOf(await ask({}))).toEqual([403, 'address_unknown'])
  })

  test('the console tells the address of a browser', async () => {
    const { key } = await newKey(world, { allowed_networks: ['192.0.2.0/24'] })
    const headers = { 'x-console-token': SECRET, 'x-client-address': '192.0.2.9', 'x-forwarded-for': '203.0.113.1' }
    expect((await verify(key, '', { headers })).status).toBe(200)
  })

  test('introspection takes the address; without one, a key with networks is not active', async () => {
    const { key } = await newKey(world, { allowed_networks: ['192.0.2.0/24'] })
    expect(await introspect(world, { token: key, address: '192.0.2.1' })).toMatchObject({ active: true })
    expect(await introspect(world, { token: key, address: '::ffff:192.0.2.1' })).toMatchObject({ active: true })
    expect(await introspect(world, { token: key })).toEqual({ active: false })
    const bad = { token: world.ada.token, ...formOf({ token: key, address: '192.0.2' }) }
    expect((await service.send('POST', '/v0/introspect', bad)).status).toBe(400)
  })
})

describe('the customer', () => {
  test('description, external_id and metadata come back from /v0/verify and introspection as they were set', async () => {
    const settings = { description: 'For CI', external_id: 'cus_42', metadata: { team: 'billing', ä: '☂' } }
    const { key } = await newKey(world, settings)
    const { body, headers } = await verify(key)
    expect(body).toMatchObject(settings)
    expect(headers.get('x-external-id')).toBe('cus_42')
    expect(await introspect(world, { token: key })).toMatchObject(settings)
  })

  test('a plain key has none of the new fields and headers', async () => {
    const { key } = await newKey(world, {})
    const { body, headers } = await verify(key)
    expect(Object.keys(Object(body))).toEqual(['uuid', 'name', 'project', 'expiration'])
    for (const name of ['x-scopes', 'x-external-id', 'ratelimit', 'ratelimit-policy'])
      expect(headers.has(name)).toBe(false)
    expect(Object.keys(Object(await introspect(world, { token: key }))).sort()).toEqual([
      'active',
      'exp',
      'iat',
      'project',
      'sub',
    ])
  })
})

describe('the limit of a key', () => {
  const limited = (requests: number, seconds = 60) => newKey(world, { rate_limit: { requests, seconds } })

  test('answers 429 beyond it, with a Retry-After after which the call gets through', async () => {
    const { key } = await limited(2)
    const first = await verify(key)
    expect([first.status, first.headers.get('ratelimit-policy')]).toEqual([200, '"key";q=2;w=60'])
    expect(first.headers.get('ratelimit')).toMatch(/^"key";r=1;t=\d+$/)
    expect((await verify(key)).status).toBe(200)
    const refused = await verify(key)
    expect(codeOf(refused)).toEqual([429, 'key_rate_limited'])
    const wait = Number(refused.headers.get('retry-after'))
    expect(wait).toBeGreaterThanOrEqual(1)
    expect(refused.headers.get('ratelimit')).toBe(`"key";r=0;t=${wait}`)
    expect(refused.headers.has('www-authenticate')).toBe(false)
    service.wait(wait)
    expect((await verify(key)).status).toBe(200)
  })

  test('counts no call that is refused by scope, project or input', async () => {
    const { key } = await newKey(world, { rate_limit: { requests: 1, seconds: 86_400 }, scopes: ['a'] })
    for (const query of ['?scope=b', '?project=other', '?scope=', '?scope=a&scope=a']) await verify(key, query)
    expect((await verify(key, '?scope=a')).status).toBe(200)
    expect((await verify(key, '?scope=a')).status).toBe(429)
    expect(codeOf(await verify(key, '?scope=b'))).toEqual([403, 'insufficient_scope'])
  })

  test('neither introspection nor a view of the project counts, and both go on beyond it', async () => {
    const { key } = await limited(1, 86_400)
    const view = () => service.send('GET', `/v0/projects/${world.project.slug}`, { token: key })
    for (const _ of [1, 2]) {
      expect(await introspect(world, { token: key })).toMatchObject({ active: true })
      expect((await view()).status).toBe(200)
    }
    expect((await verify(key)).status).toBe(200)
    expect((await verify(key)).status).toBe(429)
    expect(await introspect(world, { token: key })).toMatchObject({ active: true })
    expect((await view()).status).toBe(200)
  })

  test('a changed number of requests keeps the count, other seconds begin a new window, null ends it', async () => {
    const { uuid, key } = await limited(2, 86_400)
    const patch = (body: object) =>
      service.send('PATCH', keyOf(world.project, { uuid }), { token: world.ada.token, body })
    const left = async () => (await verify(key)).headers.get('ratelimit')?.split(';')[1]
    expect(await left()).toBe('r=1')
    await patch({ name: 'renamed', description: 'new' })
    expect(await left()).toBe('r=0')
    await patch({ rate_limit: { requests: 3, seconds: 86_400 } })
    expect(await left()).toBe('r=0')
    expect((await verify(key)).status).toBe(429)
    await patch({ rate_limit: { requests: 3, seconds: 43_200 } })
    expect(await left()).toBe('r=2')
    await patch({ rate_limit: { requests: 1, seconds: 43_200 } })
    expect((await verify(key)).status).toBe(429)
    await patch({ rate_limit: null })
    expect((await verify(key)).headers.has('ratelimit')).toBe(false)
  })
})

test('a call that is refused by scope, network or limit is no use of the key', async () => {
  const settings = { scopes: ['a'], allowed_networks: ['127.0.0.0/8'], rate_limit: { requests: 1, seconds: 86_400 } }
  const key = await newKey(world, settings)
  await verify(key.key, '?scope=b')
  await verify(key.key, '', FROM('127.0.0.1'))
  expect((await verify(key.key, '?scope=a')).status).toBe(200)
  expect((await verify(key.key, '?scope=a')).status).toBe(429)
  expect(await callsOf(world, key)).toMatchObject({
    days: expect.arrayContaining([expect.objectContaining({ calls: 1 })]),
  })
})
