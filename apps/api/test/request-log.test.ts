import { once } from 'node:events'
import { connect } from 'node:net'
import { execute } from '@project-keys/keys/test'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { exchange } from './http.ts'
import { answering, MAIN, newPlace, run } from './process.ts'
import { SECRET, startService } from './service.ts'
import { startSmtp } from './smtp.ts'
import { createKey, createProject, keysOf, signUp } from './world.ts'

const Line = z.looseObject({ level: z.number(), time: z.number(), reqId: z.string().optional(), msg: z.string() })

const written: string[] = []
const service = await startService({ logRequests: true, logStream: { write: (line) => void written.push(line) } })
const lines = () => written.map((line) => Line.parse(JSON.parse(line)))
/** The lines about requests that were written while `act` ran, as many as expected. */
async function linesOf(act: () => Promise<unknown>, count = 1) {
  await expect.poll(settled).toBe(true)
  written.length = 0
  await act()
  await expect.poll(() => written.length).toBeGreaterThanOrEqual(count)
  await expect.poll(settled).toBe(true)
  return lines().filter(({ msg }) => msg === 'request')
}
async function settled() {
  const before = written.length
  await new Promise((resolve) => setTimeout(resolve, 25))
  return written.length === before
}

const port = Number(new URL(service.address).port)
const raw = (head: string) => exchange(port, `${head}\r\nConnection: close\r\n\r\n`)
const get = (path: string) => raw(`GET ${path} HTTP/1.1\r\nHost: a`)

test('a request is one line: its id, method, route, status, time, bytes, address and the UUID of its user', async () => {
  const ada = await signUp(service)
  const project = await createProject(service, ada)
  let id: string | null = ''
  const found = await linesOf(async () => {
    const { headers } = await service.send('POST', keysOf(project), { token: ada.token, body: { name: 'ci' } })
    id = headers.get('x-request-id')
  })
  expect(found).toEqual([
    {
      ...{ level: 30, time: expect.any(Number), pid: process.pid, hostname: expect.any(String), msg: 'request' },
      ...{ reqId: id, method: 'POST', route: '/v0/projects/:project/keys', status: 201, ms: expect.any(Number) },
      ...{ bytes: expect.any(Number), address: '127.0.0.1', user: ada.uuid },
    },
  ])
  expect(found[0]?.bytes).toBeGreaterThan(300)
})

test.each<[string, number, string | null, () => Promise<unknown>]>([
  ['that is answered', 200, '/livez', () => get('/livez')],
  ['HEAD', 200, '/v0/projects', () => raw('HEAD /v0/projects HTTP/1.1\r\nHost: a')],
  ['over tRPC that is refused', 401, '/trpc/:path', () => get('/trpc/users.me')],
  ['to verify without a key', 401, '/v0/verify', () => get('/v0/verify/more?a=b')],
  ['with a bad query', 400, '/v0/projects', () => get('/v0/projects?per_page=x')],
  ['for an unknown path', 404, null, () => get('/nothing')],
  ['with a wrong method', 405, '/v0/organizations', () => raw('TRACE /v0/organizations HTTP/1.1\r\nHost: a')],
  ['whose path is not valid', 400, null, () => get('/%ff')],
  ['without a Host', 400, '/livez', () => raw('GET /livez HTTP/1.1\r\nAccept: */*')],
  ['with another Expect', 417, null, () => raw('GET /livez HTTP/1.1\r\nHost: a\r\nExpect: more')],
  ['by CONNECT', 405, null, () => raw('CONNECT a:1 HTTP/1.1\r\nHost: a')],
  ['that is no HTTP', 400, null, () => exchange(port, 'no HTTP\r\n\r\n')],
])('a request %s is one line', async (_, status, route, act) => {
  const found = await linesOf(act)
  expect(found).toMatchObject([{ status, route, reqId: expect.any(String) }])
})

test('a request that fails is one line, and the line with its reason has the same id', async () => {
  await execute(service.databaseUrl, 'ALTER TABLE projects RENAME TO away')
  const found = await linesOf(() => service.send('GET', '/v0/projects'))
  await execute(service.databaseUrl, 'ALTER TABLE away RENAME TO projects')
  expect(found).toMatchObject([{ status: 500 }])
  const ids = new Set(lines().map(({ reqId }) => reqId))
  expect(lines().length).toBeGreaterThan(1)
  expect([found.length, ids.size, [...ids][0]]).toEqual([1, 1, found[0]?.reqId])
})

test('a request whose client goes away is one line, without a status', async () => {
  const found = await linesOf(async () => {
    const socket = connect(port, '127.0.0.1')
    socket.write(
      'POST /v0/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
    socket.destroy()
  })
  expect(found).toMatchObject([{ method: 'POST', route: '/v0/auth/login', status: null, aborted: true }])
})

test('no line repeats what a client sends, whatever its form', async () => {
  const ada = await signUp(service)
  const { key } = await createKey(service, ada, await createProject(service, ada), { name: 'ci' })
  const plain = 'hunter2-of-no-known-form'
  await linesOf(async () => {
    for (const secret of [plain, key, ada.token]) {
      await get(`/v0/projects/${secret}/keys?token=${secret}`)
      await get(`/${secret}`)
      await get(`/trpc/${secret}?input=${secret}`)
      await get(`/%ff${secret}`)
      const headers = ['Authorization: Bearer', 'Cookie: token=', 'X-Request-Id:', 'X-Forwarded-For:', 'User-Agent:']
      await raw(['GET /v0/whoami HTTP/1.1\r\nHost: a', ...headers.map((name) => `${name} ${secret}`)].join('\r\n'))
      await exchange(port, `${secret} / HTTP/1.1\r\n\r\n`)
      await service.send('POST', '/v0/auth/confirm', { body: { token: secret } })
    }
  }, 21)
  for (const secret of [plain, key, ada.token, ada.email]) expect(written.join('')).not.toContain(secret)
})

test('with LOG_REQUESTS=json all that the API writes is JSON, and a mail that fails has the id of its request', async () => {
  const smtp = await startSmtp((line) => (line.startsWith('RCPT') ? '550 5.1.1 No such user' : null))
  const ada = await signUp(service)
  const { env } = await newPlace()
  const database = { DATABASE_URL: service.databaseUrl, SECRET_KEY: SECRET, SECRET_KEYS_BEFORE: 'a short one' }
  const running = run(MAIN, { ...env, ...database, SMTP_URL: smtp.url, LOG_REQUESTS: 'json' })
  await answering(running)
  const body = JSON.stringify({ email: ada.email })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`http://127.0.0.1:${env.PORT}/v0/auth/login`, { method: 'POST', headers, body })
  await expect.poll(running.said).toContain('could not be sent')
  running.child.kill('SIGTERM')
  await once(running.child, 'close')

  const said = running
    .said()
    .trim()
    .split('\n')
    .map((line) => Line.parse(JSON.parse(line)))
  const id = response.headers.get('x-request-id')
  expect(
    said
      .filter(({ reqId }) => reqId === id)
      .map(({ msg }) => msg.replace(/ “.*/, ''))
      .toSorted(),
  ).toEqual(['The mail', 'request'])
  expect(running.said()).not.toContain('a short one')
})
