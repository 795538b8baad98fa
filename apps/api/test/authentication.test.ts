import { createHmac, generateKeyPairSync, sign as signWith } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ISSUER, SECRET, START, startService } from './service.ts'
import { createKey, createProject, createUserKey, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
})

const NOW = START.getTime() / 1000
const list = (authorization?: string) =>
  service.send('GET', keysOf(project), authorization === undefined ? {} : { headers: { authorization } })

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const goodClaims = () => ({ aud: 'client', exp: NOW + 60, iat: NOW, iss: ISSUER, sub: ada.email, org: null })

/** A JWT by hand, as another program would make it. */
function jwt(
  claims: Record<string, unknown>,
  header: Record<string, unknown> = { alg: 'HS256', typ: 'JWT' },
  secret = SECRET,
) {
  const content = `${base64(header)}.${base64({ ...goodClaims(), ...claims })}`
  return `${content}.${createHmac(header.alg === 'HS512' ? 'sha512' : 'sha256', secret)
    .update(content)
    .digest('base64url')}`
}

describe('a JWT', () => {
  test.each([
    ['with typ', {}, { alg: 'HS256', typ: 'JWT' }],
    ['without typ', {}, { alg: 'HS256' }],
    ['for an API token of the old kind', { aud: 'api_key' }],
    ['without org', { org: undefined }],
    ['with a jti', { jti: 'x' }],
    ['whose nbf has come', { nbf: NOW }],
    ['that is old', { iat: NOW, exp: NOW + 1e9 }],
  ])('%s is taken', async (_title, claims, header?: Record<string, unknown>) => {
    expect((await list(`Bearer ${jwt(claims, header)}`)).status).toBe(200)
  })

  test('is taken whatever the letter case of its address', async () => {
    expect((await list(`Bearer ${jwt({ sub: ada.email.toUpperCase() })}`)).status).toBe(200)
  })

  test.each([
    ['for signing in by mail', { aud: 'auth' }],
    ['of an invitation', { aud: 'invite' }],
    ['for nobody', { aud: undefined }],
    ['for several', { aud: ['client'] }],
    ['of another issuer', { iss: 'http://localhost:3001/' }],
    ['of the issuer without its slash', { iss: ISSUER.slice(0, -1) }],
    ['without an issuer', { iss: undefined }],
    ['that has expired', { exp: NOW }],
    ['without exp', { exp: undefined }],
    ['whose exp is a text', { exp: String(NOW + 60) }],
    ['whose exp is no time', { exp: 1e300 }],
    ['without iat', { iat: undefined }],
    ['from before its user had the address', { iat: NOW - 1 }],
    ['that is not good yet', { nbf: NOW + 60 }],
    ['of an unknown user', { sub: 'nobody@example.com' }],
    ['without a user', { sub: undefined }],
    ['whose user is no text', { sub: 7 }],
  ])('%s is refused with 401', async (_title, claims) => {
    expect((await list(`Bearer ${jwt(claims)}`)).status).toBe(401)
  })

  test('is refused when it is signed with another secret, or with none', async () => {
    expect((await list(`Bearer ${jwt({}, undefined, 'another secret')}`)).status).toBe(401)
    expect((await list(`Bearer ${jwt({}).replace(/[^.]*$/, '')}`)).status).toBe(401)
    expect((await list(`Bearer ${jwt({}).replace(/\.[^.]*$/, '')}`)).status).toBe(401)
    const [header, , signature] = jwt({}).split('.')
    expect(
      (await list(`Bearer ${header}.${base64({ ...goodClaims(), sub: service.admin.email })}.${signature}`)).status,
    ).toBe(401)
  })

  test('is refused for any algorithm but HS256', async () => {
    for (const alg of ['none', 'None', 'HS512', 'hs256', 'RS256', '']) {
      expect((await list(`Bearer ${jwt({}, { alg, typ: 'JWT' })}`)).status).toBe(401)
    }
    const unsigned = `${base64({ alg: 'none', typ: 'JWT' })}.${base64(goodClaims())}.`
    expect((await list(`Bearer ${unsigned}`)).status).toBe(401)
    const content = `${base64({ alg: 'RS256', typ: 'JWT' })}.${base64(goodClaims())}`
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const signature = signWith('sha256', Buffer.from(content), privateKey).toString('base64url')
    expect((await list(`Bearer ${content}.${signature}`)).status).toBe(401)
  })

  test('stops at the second it expires', async () => {
    const token = service.tokens.sign({ audience: 'client', email: ada.email, now: START, ttl: 10 })
    service.wait(9)
    expect((await list(`Bearer ${token}`)).status).toBe(200)
    service.wait(1)
    expect((await list(`Bearer ${token}`)).status).toBe(401)
    service.clock.now = START
  })

  test('stops when its user is locked, and goes on when they are not any more', async () => {
    const bob = await signUp(service)
    const me = () => service.send('POST', '/v0/organizations', { ...bob, body: { name: 'x' } })
    await service.db.prisma.user.update({ where: { uuid: bob.uuid }, data: { locked: true } })
    expect((await me()).status).toBe(401)
    await service.db.prisma.user.update({ where: { uuid: bob.uuid }, data: { locked: false } })
    expect((await me()).status).toBe(201)
  })

  test('stops when its address is another user’s', async () => {
    const bob = await signUp(service)
    await service.db.prisma.user.update({ where: { uuid: bob.uuid }, data: { emailSince: new Date((NOW + 1) * 1000) } })
    expect((await service.send('GET', `/v0/projects/${project.slug}`, bob)).status).toBe(401)
  })
})

describe('the Authorization header', () => {
  test('takes the scheme in any letter case, and any number of spaces after it', async () => {
    for (const scheme of ['Bearer ', 'bearer ', 'BEARER     ', 'bEaReR  ']) {
      expect((await list(scheme + ada.token)).status).toBe(200)
    }
  })

  test.each(['', 'Bearer', 'Bearer ', 'Basic YTpi', 'Token x', 'Bearer: x', 'Bearerx'])(
    'is refused as %j with 401',
    async (value) => {
      expect((await list(value)).status).toBe(401)
      expect((await list()).status).toBe(401)
    },
  )

  test('is refused with two tokens, with none of the scheme, or with anything around', async () => {
    const { token } = ada
    for (const value of [
      `Bearer ${token} ${token}`,
      token,
      `Bearer ${token},`,
      `Bearer "${token}"`,
      `Bearer\t${token}`,
    ]) {
      expect((await list(value)).status).toBe(401)
    }
    const [first, second] = [`Authorization: Bearer ${token}`, 'Authorization: Bearer x']
    const both = `GET ${keysOf(project)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${first}\r\n${second}\r\n\r\n`
    expect((await service.sendRaw(both)).status).toBe(401)
  })

  test('is the only place for a credential: a cookie is none, nor is the query', async () => {
    const { token } = ada
    const cookies = { cookie: `token=${token}; session=${token}; authorization=Bearer ${token}` }
    expect((await service.send('GET', keysOf(project), { headers: cookies })).status).toBe(401)
    expect((await service.send('GET', `${keysOf(project)}?access_token=${token}`)).status).toBe(401)
  })
})

describe('a challenge', () => {
  test('comes with each 401, and names an error only where a credential was shown', async () => {
    expect((await list()).headers.get('www-authenticate')).toMatch(/^Bearer realm="[^"]+"$/)
    expect((await list('Bearer x')).headers.get('www-authenticate')).toMatch(
      /^Bearer realm="[^"]+", error="invalid_token", error_description="[ -~]+"$/,
    )
  })
})

describe('a user key', () => {
  test('does what its user may, but make user keys', async () => {
    const { key: token } = await createUserKey(service, ada, { name: 'cli' })
    const { uuid } = await createKey(service, { token }, project, { name: 'made by a key' })
    expect((await service.send('GET', keyOf(project, { uuid }), ada)).body).toMatchObject({ creator: ada.uuid })
    const more = { token, body: { name: 'more' } }
    expect((await service.send('POST', `/v0/users/${ada.uuid}/keys`, more)).status).toBe(403)
  })

  test('is refused with 401 when it is revoked, expired, unknown, malformed or of a locked user', async () => {
    const bob = await signUp(service)
    const path = `/v0/users/${bob.uuid}/keys`
    const use = async (token: string) => (await service.send('GET', `/v0/projects/${project.slug}`, { token })).status
    const brief = await createUserKey(service, bob, { name: 'brief', ttl: 5 })
    const gone = await createUserKey(service, bob, { name: 'gone' })
    expect([await use(brief.key), await use(gone.key)]).toEqual([200, 200])
    await service.send('DELETE', `${path}/${gone.uuid}`, bob)
    expect(await use(gone.key)).toBe(401)
    service.wait(4)
    expect(await use(brief.key)).toBe(200)
    service.wait(1)
    expect(await use(brief.key)).toBe(401)
    service.clock.now = START

    for (const wrong of [
      `${brief.key}x`,
      brief.key.slice(0, -1),
      brief.key.replace('_user_', '_run_'),
      `bencher_user_${'0'.repeat(30)}`,
    ]) {
      expect(await use(wrong)).toBe(401)
    }
    await service.db.prisma.user.update({ where: { uuid: bob.uuid }, data: { locked: true } })
    expect(await use(brief.key)).toBe(401)
  })
})

describe('a project key', () => {
  const endpoints = (at: Project, uuid: string): [string, string][] => [
    ['GET', keysOf(at)],
    ['POST', keysOf(at)],
    ['GET', keyOf(at, { uuid })],
    ['PATCH', keyOf(at, { uuid })],
    ['DELETE', keyOf(at, { uuid })],
  ]

  test('manages no keys: 403 when it is good, whatever the body; 401 when it is not', async () => {
    const { key: token, uuid } = await createKey(service, ada, project, { name: 'ci' })
    const { key: brief } = await createKey(service, ada, project, { name: 'brief', ttl: 1 })
    service.wait(1)
    const bad = [brief, `${token}x`, token.slice(0, -2), `bencher_run_${'z'.repeat(30)}`]
    for (const [method, path] of endpoints(project, uuid)) {
      const body = method === 'POST' || method === 'PATCH' ? { body: 'not JSON' } : {}
      expect((await service.send(method, path, { token, ...body })).status).toBe(403)
      for (const token of bad) expect((await service.send(method, path, { token, ...body })).status).toBe(401)
    }
    service.clock.now = START
  })

  test('opens its own project, and no other: 403 for a public one, 404 for a private one', async () => {
    const hidden = await createProject(service, ada, 'private')
    const ownKey = await createKey(service, ada, hidden, { name: 'own' })
    const otherKey = await createKey(service, ada, project, { name: 'other' })
    const open = async ({ slug }: { slug: string }, { key: token }: { key: string }) =>
      (await service.send('GET', `/v0/projects/${slug}`, { token })).status
    expect(await open(hidden, ownKey)).toBe(200)
    expect(await open({ slug: hidden.uuid.toUpperCase() }, ownKey)).toBe(200)
    expect(await open(project, ownKey)).toBe(403)
    expect(await open(hidden, otherKey)).toBe(404)
    expect(await open({ slug: 'nowhere' }, ownKey)).toBe(404)
  })

  test('stops when it is revoked or expires, and its holder is told why', async () => {
    const revoked = await createKey(service, ada, project, { name: 'revoked' })
    await service.send('DELETE', keyOf(project, revoked), ada)
    const brief = await createKey(service, ada, project, { name: 'brief', ttl: 2 })
    const open = (token: string) => service.send('GET', `/v0/projects/${project.slug}`, { token })
    expect((await open(revoked.key)).body).toMatchObject({ message: 'This key was revoked on 2026-05-01.' })
    expect((await open(brief.key)).status).toBe(200)
    service.wait(2)
    expect(await open(brief.key)).toMatchObject({ status: 401, body: { message: 'This key expired on 2026-05-01.' } })
    service.clock.now = START
  })

  test('stops when its project is deleted, and is told nothing apart from that', async () => {
    const doomed = await createProject(service, ada)
    const { key: token, uuid } = await createKey(service, ada, doomed, { name: 'ci' })
    await service.db.prisma.project.update({ where: { uuid: doomed.uuid }, data: { deleted: START } })
    expect(await service.send('GET', `/v0/projects/${doomed.slug}`, { token })).toMatchObject({
      status: 401,
      body: { message: 'The project of this key was deleted on 2026-05-01.' },
    })
    expect((await service.send('GET', `/v0/projects/${project.slug}`, { token })).status).toBe(401)
    for (const [method, path] of endpoints(doomed, uuid)) {
      const body = method === 'POST' || method === 'PATCH' ? { body: { name: 'a' } } : {}
      expect((await service.send(method, path, { ...ada, ...body })).status).toBe(404)
    }
  })

  test('tells a stranger’s key nothing but whether it was typed well', async () => {
    const { key } = await createKey(service, ada, project, { name: 'typo' })
    const swapped = key.slice(0, 13) + (key[13] === 'x' ? 'y' : 'x') + key.slice(14)
    const { body } = await service.send('GET', `/v0/projects/${project.slug}`, { token: swapped })
    expect(body).toMatchObject({ message: expect.stringContaining('mistyped or cut') })
  })
})

describe('a session of the first run', () => {
  test('ends when the owner has signed in', async () => {
    const { email } = service.admin
    const { now } = service.clock
    const token = service.tokens.sign({ audience: 'client', email, now, ttl: 1800, untilSignIn: true })
    const me = async (token: string) => (await service.send('GET', '/v0/users/owner', { token })).status
    expect(await me(token)).toBe(200)
    const link = service.tokens.sign({ audience: 'auth', email, now, ttl: 1800 })
    const { body } = await service.send('POST', '/v0/auth/confirm', { body: { token: link } })
    expect(await me(token)).toBe(401)
    expect(await me(z.object({ token: z.string() }).parse(body).token)).toBe(200)
  })
})

describe('an address in a signed token', () => {
  test('is the same in any case of ASCII letters, and of no others: `K` for Kelvin is no `k`', async () => {
    const email = `k-${ada.email}`
    await service.db.prisma.user.update({ where: { uuid: ada.uuid }, data: { email } })
    const as = async (email: string) => {
      const token = service.tokens.sign({ audience: 'client', email, now: service.clock.now, ttl: 60 })
      return (await service.send('GET', '/v0/organizations', { token })).status
    }
    expect([await as(email), await as(email.toUpperCase())]).toEqual([200, 200])
    expect(await as(email.replace('k', '\u212A'))).toBe(401)
    expect(await as(`${email}\0`)).toBe(401)
    await service.db.prisma.user.update({ where: { uuid: ada.uuid }, data: { email: ada.email } })
  })

  test('makes no other user’s link or invitation of it, either', async () => {
    const email = `k-${crypto.randomUUID()}@example.com`
    await service.send('POST', '/v0/auth/signup', { body: { name: 'K', email, i_agree: true } })
    const folded = email.replace('k', '\u212A')
    for (const audience of ['auth', 'invite', 'restore'] as const) {
      const token = service.tokens.sign({ audience, email: folded, now: service.clock.now, ttl: 60 })
      expect(service.tokens.read(token, [audience], service.clock.now)?.email).toBe(folded)
    }
    const token = service.tokens.sign({ audience: 'auth', email: folded, now: service.clock.now, ttl: 60 })
    expect((await service.send('POST', '/v0/auth/confirm', { body: { token } })).status).toBe(401)
  })
})
