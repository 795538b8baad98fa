import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { createPipeline } from '../src/pipeline.ts'
import { createWorld, sleep } from './world.ts'

const { url, sql } = await createWorld()

const pipeline = createPipeline({ connectionString: url, query_timeout: 1500 }, { connections: 2, log: () => {} })
afterAll(pipeline.close)

const pid = async () => (await pipeline.read({ text: 'SELECT pg_backend_pid() AS pid' }))[0]?.pid
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

test('many reads share few connections, and each gets its own rows', async () => {
  const text = 'SELECT $1::int AS n, pg_backend_pid() AS pid'
  const rows = await Promise.all(numbers(200).map((n) => pipeline.read({ name: 'n', text, values: [n] })))
  expect(rows.map(([row]) => row?.n)).toEqual(numbers(200))
  expect(new Set(rows.map(([row]) => row?.pid)).size).toBe(2)
})

test('a read that fails leaves the others alone', async () => {
  const text = 'SELECT 12 / $1::int AS n'
  const answers = await Promise.allSettled([3, 0, 4, 0, 6].map((n) => pipeline.read({ name: 'by', text, values: [n] })))
  expect(answers).toMatchObject([
    { value: [{ n: 4 }] },
    { reason: { code: '22012' } },
    { value: [{ n: 3 }] },
    { reason: { code: '22012' } },
    { value: [{ n: 2 }] },
  ])
})

test('a connection that is lost, in use or idle, makes no read fail', async () => {
  for (const ms of [0, 200]) {
    const before = await pid()
    const slow = pipeline.read({ text: `SELECT pg_sleep(${ms / 1000}), pg_backend_pid() AS pid` })
    await sql('SELECT pg_terminate_backend($1)', [before])
    expect((await slow)[0]?.pid).toEqual(expect.any(Number))
    expect(await pid()).not.toBe(before)
  }
})

test('a read that hangs closes its connection, and does not delay reads on the other', async () => {
  const hanging = expect(pipeline.read({ text: 'SELECT pg_sleep(5)' })).rejects.toThrow('Query read timeout')
  const began = performance.now()
  await Promise.all([pid(), sleep(50).then(pid)])
  expect(performance.now() - began).toBeLessThan(1000)
  await hanging
  expect(await pid()).toEqual(expect.any(Number))
})

test('each read fails while the port is closed, and works after it is open', async () => {
  const { port, close } = await openProxy(0)
  close()
  const late = createPipeline({ connectionString: urlAt(port) }, { connections: 2, log: () => {} })
  onTestFinished(late.close)
  const read = () => late.read({ text: 'SELECT 1 AS one' })
  for (let n = 0; n < 3; n++) {
    const answers = await Promise.allSettled(numbers(4).map(read))
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true)
  }
  await openProxy(port)
  expect(await Promise.all(numbers(4).map(read))).toEqual(numbers(4).map(() => [{ one: 1 }]))
})

/** The URL of the database through a port of this machine. */
function urlAt(port: number) {
  const { username, password, pathname } = new URL(url)
  return `postgresql://${username}:${password}@127.0.0.1:${port}${pathname}`
}

/** Forwards a port to the database while the test runs; 0 means any free port. */
async function openProxy(port: number) {
  const { hostname, port: there, searchParams } = new URL(url)
  const folder = searchParams.get('host')
  const proxy = createServer((client) => {
    const server = folder ? connect(`${folder}/.s.PGSQL.${there || 5432}`) : connect(Number(there), hostname)
    client.pipe(server)
    server.pipe(client)
    for (const end of [client, server]) end.on('error', () => {})
  }).listen(port, '127.0.0.1')
  await once(proxy, 'listening')
  const close = () => void proxy.close()
  onTestFinished(close)
  const address = proxy.address()
  return { port: address && typeof address === 'object' ? address.port : 0, close }
}
