import { createLimits } from '@project-keys/keys'
import { generateKey } from '@project-keys/verify/key'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { has, startGateway, stopGateways } from './gateways.ts'
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
})
const unknownKey = () => generateKey('bencher', 'run')

const ask = (
  url: string,
  token?: string,
  { headers, ...rest }: { headers?: Record<string, string> } & RequestInit = {},
) => fetch(url, { ...rest, headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers } })

describe.each(['nginx', 'caddy'] as const)('%s, if it is on the PATH,', (program) => {
  const here = test.skipIf(!has(program))
  let gateway: string
  beforeAll(async () => {
    if (has(program)) gateway = await startGateway(program, { api: service.address, project })
  })

  here('passes a request with a good key on: whole, with who called, without the key', async () => {
    const lies = { 'x-project': 'other', 'x-project-key': 'other', 'content-type': 'text/plain' }
    const options = { method: 'POST', body: 'hello', headers: lies }
    const answer = await ask(`${gateway}/a/b?project=other`, key.key, options)
    expect(answer.status).toBe(200)
    const { method, url, body, headers } = Echo.parse(await answer.json())
    expect([method, url, body]).toEqual(['POST', '/a/b?project=other', 'hello'])
    expect([headers['x-project'], headers['x-project-key']]).toEqual(['example', key.uuid])
    expect(JSON.stringify(headers)).not.toContain(key.key)
    expect(headers).not.toHaveProperty('authorization')
  })

  here('leaves the service’s own 500 as it is', async () => {
    const answer = await ask(`${gateway}/broken`, key.key)
    expect([answer.status, Echo.parse(await answer.json()).url]).toEqual([500, '/broken'])
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

  here('answers 503 and when to try again while the database is away', async () => {
    const away = await serveFrom('postgresql://keys:secret@127.0.0.1:1/keys')
    const { status, headers } = await ask(await startGateway(program, { api: away.address, project }), key.key)
    expect(status).toBe(503)
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  })

  here('lets nothing through while the API is away', async () => {
    const closed = await startGateway(program, { api: 'http://127.0.0.1:1', project })
    const { status, headers } = await ask(closed, key.key)
    expect([status, headers.get('retry-after')]).toEqual(program === 'nginx' ? [503, '5'] : [502, null])
  })
})
