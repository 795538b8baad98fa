import { once } from 'node:events'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { expectAway, serveFrom, wayTo } from './second-process.ts'
import { startService } from './service.ts'
import { createProject, keysOf, signUp } from './world.ts'

const service = await startService()

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
  const { ask } = await serveFrom(service.databaseUrl, { connections: 1 })
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
