import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { connectionSettings, openClient, readTarget } from '../src/connections.ts'
import { createWorld } from './world.ts'

const { url } = await createWorld()
const WISHES = { name: 'cut-connections-test', connectTimeout: 2000 }
/** More than a client sends before its first statement is answered. */
const CUTS = Array.from({ length: 9 }, (_, n) => n)

// An error of a connection that nobody listens to would end the process: the test run then fails with it.
test.each(CUTS)('a database that leaves after %i packets of the client only makes the statement fail', async (cut) => {
  const uncaught: unknown[] = []
  const note = (error: unknown) => uncaught.push(error)
  process.on('uncaughtException', note)
  onTestFinished(() => void process.off('uncaughtException', note))
  const settings = connectionSettings(readTarget(await through(cut)), WISHES)
  const pool = new pg.Pool({ ...settings, max: 1 })
  pool.on('error', () => {})
  await pool.query('SELECT 1').catch(() => {})
  await pool.end()
  await openClient(settings)
    .then((client) => client.query('SELECT 1').finally(() => client.end()))
    .catch(() => {})
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(uncaught).toEqual([])
})

/** The URL of the database through a port that resets each connection when the client has sent so many packets. */
async function through(packets: number) {
  const { username, password, pathname, hostname, port: there, searchParams } = new URL(url)
  const folder = searchParams.get('host')
  const reset = (sockets: Socket[]) => sockets.forEach((socket) => void socket.resetAndDestroy())
  const proxy = createServer((client) => {
    const server = folder ? connect(`${folder}/.s.PGSQL.${there || 5432}`) : connect(Number(there), hostname)
    for (const end of [client, server]) end.on('error', () => {})
    let left = packets
    if (left === 0) reset([client])
    client.on('data', (data) => {
      left -= 1
      if (left <= 0) server.end()
      else server.write(data)
      if (left <= 0) reset([client])
    })
    server.pipe(client)
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => void proxy.close())
  const address = proxy.address()
  const port = address && typeof address === 'object' ? address.port : 0
  return `postgresql://${username}:${password}@127.0.0.1:${port}${pathname}`
}
