import { once } from 'node:events'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import { createTokens, createVerifier, NO_LIMITS, openDatabase } from '@project-keys/keys'
import { afterAll, expect, test } from 'vitest'
import { createServer } from '../src/server.ts'
import { request } from './http.ts'
import { ISSUER, SECRET, START, startService } from './service.ts'
import { createProject, keysOf, signUp } from './world.ts'

const PATIENCE = 6000 // ms: nothing may wait longer for a database that is away

const service = await startService()

/** The same service on another way to the database. */
async function serveFrom(url: string, connections = 10) {
  const db = openDatabase({ url, connections })
  const tokens = createTokens({ secret: SECRET, issuer: ISSUER })
  const verifier = createVerifier({ pool: db.pool })
  const options = {
    db,
    tokens,
    keyPrefix: 'bencher',
    consoleUrl: 'http://localhost:3000',
    send: () => {},
    signUp: 'open',
    limits: NO_LIMITS,
    verifier,
  } as const
  const app = await createServer({ service: options, version: '0.0.0', logLevel: 'silent', clock: () => START })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  afterAll(async () => {
    await app.close()
    await verifier.close()
    await db.close()
  })
  const ask = async (method: string, path: string, content = {}) => {
    const before = performance.now()
    const answer = await request(address + path, method, content)
    expect(performance.now() - before).toBeLessThan(PATIENCE)
    return answer
  }
  return { ask, db }
}

const expectAway = ({ status, headers }: { status: number; headers: Headers }) => {
  expect(status).toBe(503)
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
}

test('answers 503 with Retry-After when nobody listens where the database should be', async () => {
  const { ask } = await serveFrom('postgresql://keys:secret@127.0.0.1:1/keys')
  const { token } = service.admin
  expectAway(await ask('GET', '/v0/projects/example/keys', { token }))
  expectAway(await ask('POST', '/v0/projects/example/keys', { token, body: { name: 'a' } }))
  expectAway(await ask('POST', '/v0/organizations', { token, body: { name: 'a' } }))
  expectAway(await ask('POST', '/v0/auth/signup', { body: { name: 'a', email: 'a@example.com', i_agree: true } }))
  expect((await ask('GET', '/v0/server/version')).status).toBe(200)
  expect((await ask('GET', '/v0/projects/example/keys')).status).toBe(401)
  expectAway(await ask('GET', '/trpc/users.me', { token }))
})

test('answers 503 within seconds when the database takes connections and says nothing', async () => {
  const sockets: Socket[] = []
  const silent = createTcpServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1')
  afterAll(() => {
    for (const socket of sockets) socket.destroy()
    silent.close()
  })
  await once(silent, 'listening')
  const address = silent.address()
  const port = address && typeof address === 'object' ? address.port : 0
  const { ask } = await serveFrom(`postgresql://keys:secret@127.0.0.1:${port}/keys`)
  expectAway(await ask('GET', '/v0/projects/example/keys', service.admin))
})

test('answers 503 within seconds when a statement waits for a lock, and for whom no connection is left', async () => {
  const { ask } = await serveFrom(service.databaseUrl, 1)
  const project = await createProject(service, service.admin)
  const locker = await service.db.pool.connect()
  await locker.query('BEGIN; LOCK TABLE project_keys IN ACCESS EXCLUSIVE MODE')
  const answers = await Promise.all([1, 2, 3].map(() => ask('GET', keysOf(project), service.admin)))
  await locker.query('ROLLBACK')
  locker.release()
  for (const answer of answers) expectAway(answer)
  expect((await ask('GET', keysOf(project), service.admin)).status).toBe(200)
})

test('answers 503 while the database is stopped, and goes on by itself when it is back', async () => {
  const way = await wayTo(service.databaseUrl)
  const { ask } = await serveFrom(way.url)
  const list = () => ask('GET', '/v0/projects/example/keys', service.admin)
  for (let round = 0; round < 2; round++) {
    expect((await list()).status).toBe(200)
    await way.close()
    expectAway(await list())
    expectAway(await list())
    await way.open()
  }
  expect((await list()).status).toBe(200)
  await way.close()
})

test('goes on by itself after the database ended every connection', async () => {
  const { ask } = await serveFrom(service.databaseUrl)
  const ada = await signUp(service)
  const project = await createProject(service, ada)
  expect((await ask('GET', keysOf(project), ada)).status).toBe(200)
  await service.db.pool.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  )
  expect([200, 503]).toContain((await ask('GET', keysOf(project), ada)).status)
  expect((await ask('GET', keysOf(project), ada)).status).toBe(200)
  expect((await ask('POST', keysOf(project), { ...ada, body: { name: 'after' } })).status).toBe(201)
})

test('repeats nothing of the database’s address in an answer', async () => {
  const { ask } = await serveFrom('postgresql://keys:a-password@127.0.0.1:1/keys')
  const { text } = await ask('GET', '/v0/projects/example/keys', service.admin)
  expect(text).not.toMatch(/a-password|127\.0\.0\.1|ECONNREFUSED/)
})

/** A port before the database that can be closed, as if the database had stopped, and opened again. */
async function wayTo(databaseUrl: string) {
  const { hostname, port, searchParams } = new URL(databaseUrl)
  const host = searchParams.get('host')
  const target = host ? { path: `${host}/.s.PGSQL.${port}` } : { host: hostname, port: Number(port) }
  const sockets = new Set<Socket>()
  const server = createTcpServer((client) => {
    const database = connect(target)
    for (const socket of [client, database]) sockets.add(socket.on('error', () => {}))
    client.pipe(database).pipe(client)
  })
  const listenOn = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return address && typeof address === 'object' ? address.port : 0
  }
  const ownPort = await listenOn(0)
  const close = async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
    sockets.clear()
    await once(server, 'close')
  }
  const url = new URL(databaseUrl)
  url.searchParams.delete('host')
  url.hostname = '127.0.0.1'
  url.port = String(ownPort)
  return { url: url.href, close, open: () => listenOn(ownPort) }
}
