import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import {
  createSecrets,
  createTokens,
  createVerifier,
  NO_LIMITS,
  NO_QUOTAS,
  openDatabase,
  signerFrom,
  systemClock,
} from '@project-keys/keys'
import { afterAll, expect } from 'vitest'
import { closeServer } from '../src/process/close-server.ts'
import { createServer } from '../src/server.ts'
import { type Content, request } from './http.ts'
import { ISSUER, NO_TIMEOUT_MS, SECRET, SERVER, START } from './service.ts'

const TIMEOUT_MS = 6000 // no request may wait longer for a database that does not answer

/** `time` stops both clocks; without it, verification uses the machine's clock. */
type Options = { connections?: number; trustedProxies?: string[]; time?: Date; staleIfDown?: number }

/** Starts the service a second time, with its own connections to the database. */
export async function serveFrom(
  url: string,
  { connections = 10, trustedProxies = [], time, staleIfDown = 0 }: Options = {},
) {
  const db = openDatabase({ url, connections })
  const secrets = createSecrets(SECRET)
  const tokens = createTokens({ secrets, issuer: ISSUER })
  const clock = time ? { ...systemClock, wall: () => time.getTime() } : systemClock
  const verifier = createVerifier({ pool: db.pool, clock, staleIfDown })
  const options = {
    db,
    tokens,
    secrets,
    signer: signerFrom(randomBytes(32)),
    keyPrefix: 'bencher',
    consoleUrl: 'http://localhost:3000',
    send: () => {},
    deliver: async () => true,
    signUp: 'open',
    limits: NO_LIMITS,
    quotas: NO_QUOTAS,
    verifier,
  } as const
  const server = { ...SERVER, logLevel: 'silent', trustedProxies, clock: () => time ?? START }
  const app = await createServer({ started: () => options, ...server })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  afterAll(async () => {
    await closeServer(app, NO_TIMEOUT_MS)
    await verifier.close()
    await db.close()
  })
  const ask = async (method: string, path: string, content: Content = {}) => {
    const before = performance.now()
    const answer = await request(address + path, method, content)
    expect(performance.now() - before).toBeLessThan(TIMEOUT_MS)
    return answer
  }
  return { ask, address, db, verifier }
}

export const expectAway = ({ status, headers }: { status: number; headers: Headers }) => {
  expect(status).toBe(503)
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
}

/** Opens a port that forwards to the database. Closing it looks as if the database had stopped. */
export async function wayTo(databaseUrl: string) {
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
