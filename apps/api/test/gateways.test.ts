import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { Duplex } from 'node:stream'
import { createLimits } from '@project-keys/keys'
import { generateKey } from '@project-keys/verify/key'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { GATEWAYS, isHere } from './gateway-programs.ts'
import { startGateway, stopGateways } from './gateways.ts'
import { serveFrom } from './second-process.ts'
import { START, startService } from './service.ts'
import { createKey, createProject, keysOf } from './world.ts'

const GUESSES = 3
const most = { count: 100, span: 3600 }
const service = await startService({
  trustedProxies: ['127.0.0.1'],
  limits: (db) =>
    createLimits(db, {
      sign_in: most,
      keys: most,
      mails: most,
      recipients: most,
      authentication: { count: GUESSES, span: 60 },
    }),
})
const { admin } = service
let key: Awaited<ReturnType<typeof createKey>>
let project: string
let foreign: Awaited<ReturnType<typeof createKey>>

beforeAll(async () => {
  const example = z
    .object({ uuid: z.string(), slug: z.string(), organization: z.string(), visibility: z.string() })
    .parse((await service.send('GET', '/v0/projects/example', admin)).body)
  expect(keysOf(example)).toBe('/v0/projects/example/keys')
  project = example.uuid
  key = await createKey(service, admin, example, { name: 'ci' })
  foreign = await createKey(service, admin, await createProject(service, admin), { name: 'foreign' })
})

afterAll(stopGateways)

/** Each test begins with a minute of its own, when all that was counted is over. */
let minute = 0
beforeEach(() => {
  minute += 1
  service.clock.now = new Date(START.getTime() + minute * 60_000)
})

const Echo = z.object({
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  length: z.int(),
})
const unknownKey = () => generateKey('bencher', 'run')

const ask = (
  url: string,
  token?: string,
  { headers, ...rest }: { headers?: Record<string, string> } & RequestInit = {},
) => fetch(url, { ...rest, headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers } })

const echoOf = async (answer: Response) => Echo.parse(await answer.json())

/** Headers that a client may write to look like another caller. */
const LIES = {
  'x-project': 'other',
  'x-project-key': 'other',
  x_project: 'other',
  x_project_key: 'other',
  'x-project_key': 'other',
  'x_project-key': 'other',
}
const LIE = /project/i

/** Opens a WebSocket and sends some bytes; the status, who the service saw, and what it sent back. */
async function openWebSocket(url: string, token: string) {
  const headers = {
    authorization: `Bearer ${token}`,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  const sent = request(`${url}/socket`, { headers, agent: false }).end()
  const { response, socket } = await new Promise<{ response: IncomingMessage; socket?: Duplex }>((resolve, reject) => {
    sent.on('upgrade', (response, socket) => resolve({ response, socket }))
    sent.on('response', (response) => resolve({ response })).on('error', reject)
  })
  const { statusCode } = response
  if (!socket) {
    sent.destroy()
    return { statusCode }
  }
  socket.write('ping')
  const [echoed] = await once(socket, 'data')
  socket.destroy()
  return { statusCode, project: response.headers['x-seen-project'], echoed: String(echoed) }
}

let away: Promise<{ address: string }> | undefined
/** One API whose database is away, for all gateways. */
const apiWithoutDatabase = () =>
  (away ??= serveFrom('postgresql://keys:secret@127.0.0.1:1/keys', { trustedProxies: ['127.0.0.1'] }))

const names = Object.keys(GATEWAYS).filter((name): name is keyof typeof GATEWAYS => name in GATEWAYS)

describe.each(names)('%s, if it is on this machine,', (name) => {
  const here = test.skipIf(!isHere(name))
  let gateway: string
  beforeAll(async () => {
    if (isHere(name)) gateway = await startGateway(name, { api: service.address, project })
  })

  here('passes a request with a good key on: whole, with who called, without the key', async () => {
    const options = { method: 'POST', body: 'hello', headers: { ...LIES, 'content-type': 'text/plain' } }
    const answer = await ask(`${gateway}/a/b?project=other`, key.key, options)
    expect(answer.status).toBe(200)
    const { method, url, body, headers } = await echoOf(answer)
    expect([method, url, body]).toEqual(['POST', '/a/b?project=other', 'hello'])
    const told = Object.entries(headers).filter(([header]) => LIE.test(header))
    expect(Object.fromEntries(told)).toEqual({ 'x-project': 'example', 'x-project-key': key.uuid })
    expect(JSON.stringify(headers)).not.toContain(key.key)
    expect(headers).not.toHaveProperty('authorization')
  })

  here('passes every method on', async () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const { status } = await ask(`${gateway}/a`, key.key, { method })
      expect([method, status, (await ask(`${gateway}/a`, undefined, { method })).status]).toEqual([method, 200, 401])
    }
  })

  here('leaves the service’s own 500 as it is', async () => {
    const answer = await ask(`${gateway}/broken`, key.key)
    expect([answer.status, (await echoOf(answer)).url]).toEqual([500, '/broken'])
  })

  here('passes an upload of 3 MB on, and refuses it without a key', async () => {
    const options = { method: 'POST', body: 'x'.repeat(3 << 20), headers: { 'content-type': 'text/plain' } }
    const answer = await ask(`${gateway}/upload`, key.key, options)
    expect([answer.status, (await echoOf(answer)).length]).toEqual([200, 3 << 20])
    const refused = ask(`${gateway}/upload`, undefined, options).then(({ status }) => status)
    // A gateway may close the connection while the client still sends.
    expect(await refused.catch(() => 401)).toBe(401)
  })

  here('passes 20 kB of cookies on to the service alone', async () => {
    const cookie = `session=${'c'.repeat(20_000)}`
    const { headers } = await echoOf(await ask(gateway, key.key, { headers: { cookie } }))
    expect(headers.cookie).toBe(cookie)
  })

  here('passes a browser’s preflight on without a key, and then tells no caller', async () => {
    const preflight = { origin: 'https://example.com', 'access-control-request-method': 'PUT' }
    const answer = await ask(`${gateway}/a`, undefined, { method: 'OPTIONS', headers: { ...LIES, ...preflight } })
    expect(answer.status).toBe(200)
    const { method, headers } = await echoOf(answer)
    expect([method, Object.keys(headers).filter((header) => LIE.test(header))]).toEqual(['OPTIONS', []])
    for (const only of Object.keys(preflight)) {
      const rest = { ...preflight, [only]: '' }
      const headers = Object.fromEntries(Object.entries(rest).filter(([, value]) => value))
      expect((await ask(`${gateway}/a`, undefined, { method: 'OPTIONS', headers })).status).toBe(401)
    }
    expect((await ask(`${gateway}/a`, undefined, { method: 'PUT', headers: preflight })).status).toBe(401)
  })

  here('opens a WebSocket for a good key', async () => {
    const opened = await openWebSocket(gateway, key.key)
    expect(opened).toEqual({ statusCode: 101, project: 'example', echoed: 'ping' })
    expect(await openWebSocket(gateway, unknownKey())).toEqual({ statusCode: 401 })
  })

  here('takes a key by Basic', async () => {
    const headers = { authorization: `Basic ${btoa(`ada:${key.key}`)}` }
    expect((await ask(gateway, undefined, { headers })).status).toBe(200)
  })

  here('answers 401 with the reason, and 403 for a key of another project', async () => {
    const none = await ask(gateway)
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="Project Keys"'])
    const unknown = await ask(gateway, unknownKey())
    expect([unknown.status, unknown.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('not known'),
    ])
    expect((await ask(gateway, foreign.key)).status).toBe(403)
  })

  here('answers a guess too many with 429 and when to try again, and good keys still pass', async () => {
    for (let guess = 0; guess < GUESSES; guess++) expect((await ask(gateway, unknownKey())).status).toBe(401)
    const { status, headers } = await ask(gateway, unknownKey())
    expect([status, headers.get('retry-after')]).toEqual([429, '60'])
    expect((await ask(gateway, key.key)).status).toBe(200)
  })

  here('tells the API the address of the client, and no other that the client names', async () => {
    for (let guess = 0; guess < GUESSES; guess++) {
      const headers = { 'x-forwarded-for': `203.0.113.${guess}` }
      expect((await ask(gateway, unknownKey(), { headers })).status).toBe(401)
    }
    expect((await ask(gateway, unknownKey())).status).toBe(429)
  })

  here('answers 503 and when to try again while the database is away', async () => {
    const { address } = await apiWithoutDatabase()
    const { status, headers } = await ask(await startGateway(name, { api: address, project }), key.key)
    expect(status).toBe(503)
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  })

  here('lets nothing through while the API is away', async () => {
    const closed = await startGateway(name, { api: 'http://127.0.0.1:1', project })
    const { status, headers } = await ask(closed, key.key)
    expect([status, headers.get('retry-after')]).toEqual(GATEWAYS[name].away)
  })
})
