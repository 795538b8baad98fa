import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { appRouter } from '@project-keys/keys'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { BODY_LIMIT, FORM_LIMIT } from '../src/rest/bytes.ts'
import { type Endpoint, endpointsOf } from '../src/rest/endpoints.ts'
import { procedures } from './procedures.ts'
import { startService } from './service.ts'

const service = await startService()
const port = Number(new URL(service.address).port)
const { token } = service.admin
let key = ''
beforeAll(async () => {
  const body = { name: 'rotates itself', self_rotation: true }
  const answer = await service.send('POST', '/v0/projects/example/keys', { token, body })
  key = z.object({ key: z.string() }).parse(answer.body).key
})
const UUID = '01890a5d-ac96-774b-bcce-b302099a8057'
const JSON_TYPE = 'application/json'
const FORM = 'application/x-www-form-urlencoded'
setFlagsFromString('--expose-gc')
const collectGarbage: unknown = runInNewContext('gc')
const keptBytes = () => {
  if (typeof collectGarbage === 'function') collectGarbage()
  return process.memoryUsage().arrayBuffers
}
const TYPES = [JSON_TYPE, FORM, 'multipart/form-data; boundary=x', 'application/octet-stream']

type Route = { method: string; path: string; type?: string; limit: number; isTrpc?: true }
const restRoute = ({ method, path, body, form }: Endpoint): Route => ({
  method,
  path: path.replace(/\{\w+\}/g, UUID),
  limit: form ? FORM_LIMIT : BODY_LIMIT,
  ...(body === 'none' ? {} : { type: form ? FORM : JSON_TYPE }),
})
const trpcRoute = ({ name, type }: { name: string; type: string }): Route => ({
  method: type === 'mutation' ? 'POST' : 'GET',
  path: `/trpc/${name}`,
  limit: BODY_LIMIT,
  isTrpc: true,
  ...(type === 'mutation' ? { type: JSON_TYPE } : {}),
})
/** Each route of the server; those without a type take no body and read none. */
const ROUTES: Route[] = [
  ...endpointsOf(appRouter).map(restRoute),
  ...procedures.map(trpcRoute),
  ...['/trpc/nope', '/trpc/auth.login,auth.login?batch=1'].map((path) => ({
    method: 'POST',
    path,
    type: JSON_TYPE,
    limit: BODY_LIMIT,
    isTrpc: true as const,
  })),
  ...['/docs', '/docs/assets/page.js', '/livez', '/readyz', '/health', '/metrics', '/nope', '/trpc', '/'].flatMap(
    (path) => ['GET', 'POST', 'PUT', 'DELETE'].map((method) => ({ method, path, limit: BODY_LIMIT })),
  ),
  { method: 'PUT', path: '/v0/projects', limit: BODY_LIMIT },
  { method: 'PUT', path: '/trpc/users.me', limit: BODY_LIMIT, isTrpc: true },
  { method: 'DELETE', path: '/trpc/users.update', limit: BODY_LIMIT, isTrpc: true },
]

type Body = { length: number; isChunked: boolean }

/** Signing out would end the session of all other requests, and only a key rotates itself. */
function credentialFor(path: string): string {
  if (path.includes('signOut')) return 'x'
  return /whoami.rotate/.test(path) ? key : token
}

async function open({ method, path }: Route, type: string, { length, isChunked }: Body) {
  const socket = connect(port, '127.0.0.1').setNoDelay()
  await once(socket, 'ready')
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    `Authorization: Bearer ${credentialFor(path)}`,
    `Content-Type: ${type}`,
    isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`,
  ]
  socket.on('error', () => {}).write(`${head.join('\r\n')}\r\n\r\n`)
  return socket
}

const PIECE = Buffer.alloc(1 << 16, ' ')

async function pour(socket: Socket, { length, isChunked }: Body) {
  for (let rest = length; rest > 0 && socket.writable; rest -= PIECE.length) {
    const piece = PIECE.subarray(0, Math.min(rest, PIECE.length))
    const start = isChunked ? `${piece.length.toString(16)}\r\n` : ''
    const isReady = socket.write(Buffer.concat([Buffer.from(start), piece, Buffer.from(isChunked ? '\r\n' : '')]))
    if (!isReady) await Promise.race([once(socket, 'drain'), once(socket, 'close')])
  }
}

/** The status of a request with a body of spaces, which is sent until there is a response. */
async function statusOf(route: Route, type: string, body: Body): Promise<number> {
  const socket = await open(route, type, body)
  const answered = once(socket, 'data')
  const poured = pour(socket, body).then(() => body.isChunked && socket.writable && socket.write('0\r\n\r\n'))
  const [bytes] = await answered
  socket.destroy()
  await poured
  return Number(String(bytes).split(' ')[1])
}

const ENCODED = [
  { path: '/v0/projects/example/keys', type: JSON_TYPE, text: '{"name":"packed"}', status: 201 },
  { path: '/v0/introspect', type: FORM, text: 'token=x', status: 200 },
  { path: '/trpc/users.update', type: JSON_TYPE, text: '{"user":"owner"}', status: 200 },
]
const PACK: Record<string, (text: string) => Buffer> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
  'identity, gzip': gzipSync,
}

describe.each(ENCODED)('a body for $path', ({ path, type, text, status }) => {
  const send = (encoding: string, body: string | Buffer) =>
    service.send('POST', path, { token, headers: { 'content-type': type, 'content-encoding': encoding }, body })

  test.each(Object.entries(PACK))('that is compressed is a 415 that says so: %s', async (encoding, pack) => {
    const answer = await send(encoding, pack(text))
    expect([answer.status, answer.headers.get('accept-encoding')]).toEqual([415, 'identity'])
    expect(answer.body).toMatchObject({ message: expect.stringMatching(/^The body must not be compressed/) })
  })

  test.each(['identity', ' IDENTITY', ''])('that is sent as it is may say so: “%s”', async (encoding) => {
    const answer = await send(encoding, text)
    expect([answer.status, answer.headers.get('accept-encoding')]).toEqual([status, null])
  })
})

test('an anonymous caller’s compressed body is judged after the credential', async () => {
  const headers = { 'content-encoding': 'gzip' }
  expect((await service.send('POST', '/v0/projects/example/keys', { headers, body: gzipSync('{}') })).status).toBe(401)
})

describe('a body', () => {
  test.each(ROUTES)('has one limit and one type, declared or in chunks: $method $path', async (route) => {
    const { limit, type: taken } = route
    const at = { length: limit, isChunked: false }
    const over = { length: limit + 1, isChunked: false }
    for (const type of TYPES) {
      const unread = await statusOf(route, type, { length: 0, isChunked: false })
      for (const body of [over, { ...over, isChunked: true }]) {
        const refused = route.isTrpc && body.isChunked && type !== taken ? 415 : 413
        expect([type, body, await statusOf(route, type, body)]).toEqual([type, body, taken ? refused : unread])
      }
    }
    for (const body of [at, { ...at, isChunked: true }]) {
      const unread = await statusOf(route, JSON_TYPE, { length: 0, isChunked: false })
      for (const type of [taken ?? JSON_TYPE, 'multipart/form-data; boundary=x']) {
        const status = await statusOf(route, type, body)
        if (!taken) expect(status).toBe(type === JSON_TYPE || !route.isTrpc ? unread : 415)
        else if (type === taken) expect(status).toBeOneOf([400, 401, 403, 404])
        else expect(status).toBe(415)
      }
    }
  })

  test.each(ROUTES)('takes no memory beyond the limit: $method $path', async (route) => {
    const body = { length: 8 << 20, isChunked: true }
    const socket = (await open(route, 'multipart/form-data; boundary=x', body)).resume()
    const before = keptBytes()
    await pour(socket, body)
    // Memory is freed a little after the collection.
    await expect.poll(() => keptBytes() - before).toBeLessThan(2 << 20)
    socket.destroy()
  })
})
