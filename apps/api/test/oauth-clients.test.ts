import { createLimits } from '@project-keys/keys'
import { generateKey } from '@project-keys/verify/key'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Content, exchange, formOf } from './http.ts'
import { START, startService } from './service.ts'
import { createKey, createProject, createUserKey, keyOf, type Person, type Project, signUp } from './world.ts'

const GUESSES = 3
const many = { count: 1000, span: 3600 }
const service = await startService({
  limits: (db) =>
    createLimits(db, {
      ...{ sign_in: many, keys: many, mails: many, recipients: many },
      authentication: { count: GUESSES, span: 60 },
    }),
})
const behindProxy = await startService({ trustedProxies: ['127.0.0.1'] })
let ada: Person
let project: Project
let asked: Awaited<ReturnType<typeof createKey>>
/** The secrets of clients: an API token and a key of another project. */
let secrets: string[]

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
  asked = await createKey(service, ada, project, { name: 'asked' })
  const other = await createKey(service, ada, await createProject(service, ada), { name: 'secret' })
  secrets = [(await createUserKey(service, ada, { name: 'cli' })).key, other.key]
})

/** Each test begins with a minute of its own, when all that was counted is over. */
let minute = 0
beforeEach(() => {
  minute += 1
  service.clock.now = new Date(START.getTime() + minute * 60_000)
})

const CLIENT_IDS = ['any client', 'https://client.example/ä?b=c&d:e']
const insecure = { [oauth.allowInsecureRequests]: true }
type ClientOf = (id: string, secret: string) => Promise<(token: string) => Promise<object>>

const oauth4webapi =
  (auth: typeof oauth.ClientSecretBasic): ClientOf =>
  async (client_id, secret) => {
    const issuer = new URL(service.address)
    const found = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' })
    const server = await oauth.processDiscoveryResponse(issuer, found)
    const options = { ...insecure, additionalParameters: { token_type_hint: 'refresh_token' } }
    return async (token) => {
      const answer = await oauth.introspectionRequest(server, { client_id }, auth(secret), token, options)
      return await oauth.processIntrospectionResponse(server, { client_id }, answer)
    }
  }

const openidClient =
  (auth: typeof openid.ClientSecretBasic): ClientOf =>
  async (id, secret) => {
    const options = { algorithm: 'oauth2' as const, execute: [openid.allowInsecureRequests] }
    const config = await openid.discovery(new URL(service.address), id, {}, auth(secret), options)
    return (token) => openid.tokenIntrospection(config, token)
  }

/** Clients that take all addresses from the metadata of the server. */
const CLIENTS: Record<string, ClientOf> = {
  'oauth4webapi with client_secret_basic': oauth4webapi(oauth.ClientSecretBasic),
  'oauth4webapi with client_secret_post': oauth4webapi(oauth.ClientSecretPost),
  'openid-client with client_secret_basic': openidClient(openid.ClientSecretBasic),
  'openid-client with client_secret_post': openidClient(openid.ClientSecretPost),
}

describe.each(Object.entries(CLIENTS))('%s', (_, clientOf) => {
  test('introspects keys with an API token or a project key as its secret, under any id', async () => {
    for (const secret of secrets) {
      for (const id of CLIENT_IDS) {
        const introspect = await clientOf(id, secret)
        expect(await introspect(asked.key)).toMatchObject({ active: true, sub: asked.uuid })
        expect(await introspect(generateKey('bencher', 'run'))).toEqual({ active: false })
      }
    }
  })

  test('is refused with another secret', async () => {
    const introspect = await clientOf('any', generateKey('bencher', 'user'))
    await expect(introspect(asked.key)).rejects.toThrow()
  })
})

const introspect = (content: Content, form: Record<string, string> = { token: asked.key }) =>
  service.send('POST', '/v0/introspect', {
    ...formOf(form),
    headers: { ...formOf().headers, ...content.headers },
  })
const basic = (text: string) => ({ headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` } })

describe('the secret of a client', () => {
  test('is decoded from the form of Basic, where any letter may be encoded', async () => {
    const [secret = ''] = secrets
    const encoded = [...secret].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('')
    for (const text of [`a:${secret}`, `:${secret}`, `a%3Ab+c:${encoded}`, `%zz:${secret}`]) {
      expect([text, (await introspect(basic(text))).status]).toEqual([text, 200])
    }
  })

  test('that is refused asks for it again by the scheme that it came by', async () => {
    const byBasic = await introspect(basic(`a:${generateKey('bencher', 'user')}`))
    expect([byBasic.status, byBasic.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="Project Keys", charset="UTF-8"',
    ])
    const byForm = await introspect({}, { token: asked.key, client_id: 'a', client_secret: 'x' })
    expect([byForm.status, byForm.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="Project Keys"'])
  })

  test('must be there once, in one way', async () => {
    const [secret = '', other = ''] = secrets
    for (const text of ['a:', ':', 'a', secret, `${secret}:`]) {
      const { status, body } = await introspect(basic(text))
      expect([text, status, body]).toMatchObject([
        text,
        401,
        { error_code: 'missing', message: expect.stringContaining('API token') },
      ])
    }
    const body = `token=${asked.key}&client_secret=${secret}&client_secret=${other}`
    expect((await service.send('POST', '/v0/introspect', { ...formOf(), body })).status).toBe(401)
    const form = { token: asked.key, client_id: 'a', client_secret: secret }
    for (const content of [basic(`a:${secret}`), { headers: { authorization: `Bearer ${secret}` } }]) {
      const { status, body } = await introspect(content, form)
      expect([status, body]).toMatchObject([
        400,
        { message: expect.stringMatching(/^client_secret: must not be sent beside/) },
      ])
    }
    expect((await introspect(basic('a:x'), form)).status).toBe(401)
  })

  test.each(['Basic', 'form'])('counts as a guess if it is wrong: %s', async (way) => {
    const wrong = generateKey('bencher', 'user')
    const guess = async () => {
      const answer =
        way === 'Basic' ? introspect(basic(`a:${wrong}`)) : introspect({}, { token: 'x', client_secret: wrong })
      return (await answer).status
    }
    for (let guesses = 0; guesses < GUESSES; guesses++) expect(await guess()).toBe(401)
    expect(await guess()).toBe(429)
  })

  test('is read in a form alone: a body of another type is not read before the caller is known', async () => {
    const [client_secret] = secrets
    const body = { token: asked.key, client_secret }
    expect((await service.send('POST', '/v0/introspect', { body })).status).toBe(401)
    const port = Number(new URL(service.address).port)
    const head = ['POST /v0/introspect HTTP/1.1', 'Host: a', 'Connection: close', 'Content-Type: application/json']
    const began = performance.now()
    expect(await exchange(port, `${head.join('\r\n')}\r\nContent-Length: 9\r\n\r\n{`)).toMatch(/^HTTP\/1.1 401 /)
    expect(performance.now() - began).toBeLessThan(5000)
  })

  test('is read in a form of at most 64 KiB', async () => {
    const [client_secret = ''] = secrets
    expect((await introspect({}, { token: 'x'.repeat(60_000), client_secret })).status).toBe(200)
    expect((await introspect({}, { token: 'x'.repeat(1 << 16), client_secret })).status).toBe(413)
  })

  test('is refused as soon as its key is revoked', async () => {
    const made = await createKey(service, ada, project, { name: 'secret' })
    expect((await introspect(basic(`a:${made.key}`))).status).toBe(200)
    await service.send('DELETE', keyOf(project, made), ada)
    expect((await introspect(basic(`a:${made.key}`))).body).toMatchObject({ error_code: 'revoked' })
    expect((await introspect({}, { token: 'x', client_secret: made.key })).body).toMatchObject({
      error_code: 'revoked',
    })
  })

  test('works nowhere else, and over tRPC not in the input', async () => {
    const [client_secret = ''] = secrets
    const form = formOf({ client_secret, name: 'x' })
    expect((await service.send('POST', `/v0/projects/${project.slug}/keys`, form)).status).toBe(401)
    const input = { body: { token: asked.key, client_secret } }
    expect((await service.send('POST', '/trpc/verification.introspect', input)).status).toBe(401)
  })
})

test('the metadata behind a proxy names the origin that the proxy tells, if the operator trusts it', async () => {
  const path = '/.well-known/oauth-authorization-server'
  const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'keys.example.com' }
  expect((await behindProxy.send('GET', path, { headers })).body).toMatchObject({ issuer: 'https://keys.example.com' })
  expect((await service.send('GET', path, { headers })).body).toMatchObject({ issuer: service.address })
})

test('the metadata of the server names the origin that the client asked, and how clients authenticate', async () => {
  const { status, body, headers } = await service.send('GET', '/.well-known/oauth-authorization-server')
  expect([status, headers.get('access-control-allow-origin')]).toEqual([200, '*'])
  expect(body).toEqual({
    issuer: service.address,
    introspection_endpoint: `${service.address}/v0/introspect`,
    introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'Bearer'],
    response_types_supported: [],
    grant_types_supported: [],
    service_documentation: `${service.address}/docs`,
  })
})
