import { once } from 'node:events'
import { METHODS } from 'node:http'
import { connect, type Socket } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { expectRefusal } from './http.ts'
import { startService } from './service.ts'
import { createKey, createProject, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project
let key: { uuid: string }

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
  key = await createKey(service, ada, project, { name: 'ci' })
})

const lines = (...all: string[]) => `${all.join('\r\n')}\r\n\r\n`
const plain = (start: string, ...more: string[]) =>
  service.sendRaw(lines(start, ...more, 'Connection: close', `Authorization: Bearer ${ada.token}`))
const HOST = 'Host: localhost'

describe('a route', () => {
  test('is the same with doubled slashes, a slash at the end, or segments that are percent-encoded', async () => {
    const { slug } = project
    const encoded = [...slug].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('')
    const paths = [
      `//v0/projects/${slug}/keys`,
      `/v0//projects///${slug}/keys/`,
      `/v0/projects/${slug}/keys//`,
      `/v0/projects/${encoded}/k%65ys`,
    ]
    for (const path of paths) expect((await plain(`GET ${path} HTTP/1.1`, HOST)).status).toBe(200)
  })

  test('that is unknown is a 404, whatever the method', async () => {
    const { slug } = project
    for (const path of [
      '/',
      '/v0',
      '/v0/nope',
      '/v1/projects',
      `/v0/Projects/${slug}/keys`,
      `/v0/projects/${slug}/keyz`,
      `${keyOf(project, key)}/more`,
    ]) {
      for (const method of ['GET', 'POST', 'OPTIONS', 'TRACE']) {
        const answer = await plain(`${method} ${path} HTTP/1.1`, HOST)
        expect([path, method, answer.status]).toEqual([path, method, 404])
        expectRefusal(answer)
      }
    }
  })

  test('keeps an encoded slash inside its segment', async () => {
    expect((await plain(`GET /v0/projects/${project.slug}%2Fkeys HTTP/1.1`, HOST)).status).toBe(400)
  })

  test('answers every method that it has not with 405, and says in Allow which it has', async () => {
    const known: [string, string[]][] = [
      [keysOf(project), ['GET', 'POST', 'HEAD', 'OPTIONS']],
      [keyOf(project, key), ['GET', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']],
      ['/v0/server/version', ['GET', 'HEAD', 'OPTIONS']],
      ['/v0/auth/confirm', ['POST', 'OPTIONS']],
    ]
    for (const [path, allowed] of known) {
      for (const method of METHODS.filter((method) => !allowed.includes(method) && method !== 'CONNECT')) {
        const answer = await plain(`${method} ${path} HTTP/1.1`, HOST)
        expect([method, answer.status, answer.headers.get('allow')?.split(', ').sort()]).toEqual([
          method,
          405,
          allowed.toSorted(),
        ])
        if (method !== 'HEAD') expectRefusal(answer)
      }
    }
    const connect = await service.sendRaw(lines('CONNECT localhost:80 HTTP/1.1', HOST))
    expect(connect.status).toBe(405)
    expectRefusal(connect)
  })

  test('answers HEAD as GET, without the body', async () => {
    const { status, text, headers } = await service.send('HEAD', keysOf(project), ada)
    expect([status, text, headers.get('x-total-count')]).toEqual([200, '', '1'])
    expect((await service.send('HEAD', keysOf(project))).status).toBe(401)
  })
})

describe('a browser', () => {
  test('may read every answer from any origin, without cookies', async () => {
    const headers = { origin: 'https://app.example.com' }
    const answers = [
      await service.send('GET', keysOf(project), { ...ada, headers }),
      await service.send('POST', keysOf(project), { ...ada, headers, body: { name: 'a' } }),
      await service.send('POST', keysOf(project), { ...ada, headers, body: 'x' }),
      await service.send('GET', keysOf(project), { headers }),
      await service.send('GET', '/v0/nope', { headers }),
      await service.send('PUT', keysOf(project), { headers }),
      await service.send('GET', '/v0/server/version', { headers }),
    ]
    for (const { headers } of answers) {
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.has('access-control-allow-credentials')).toBe(false)
      expect(headers.has('set-cookie')).toBe(false)
      expect(headers.get('access-control-expose-headers')?.toLowerCase().split(', ')).toEqual(
        expect.arrayContaining(['x-total-count', 'x-request-id']),
      )
    }
  })

  test('is told before a request that it may send it, whoever it is', async () => {
    const headers = {
      origin: 'https://app.example.com',
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,content-type',
    }
    for (const path of [keyOf(project, key), keyOf({ slug: 'nowhere' }, { uuid: 'x' })]) {
      const answer = await service.send('OPTIONS', path, { headers })
      expect(answer.status).toBe(204)
      expect(answer.headers.get('access-control-allow-origin')).toBe('*')
      expect(answer.headers.get('access-control-allow-methods')).toContain('PATCH')
      expect(answer.headers.get('access-control-allow-headers')?.toLowerCase()).toBe('authorization, content-type')
      expect(answer.headers.get('allow')).toBe('GET, PATCH, DELETE, HEAD, OPTIONS')
      expect(answer.headers.get('access-control-max-age')).toBe('86400')
    }
  })

  test('may send every header that it asks for, at every path', async () => {
    const tracing = 'authorization, baggage, content-type, sentry-trace, traceparent'
    const asking = (names: string) => ({
      origin: 'https://app.example.com',
      'access-control-request-method': 'GET',
      'access-control-request-headers': names,
    })
    for (const path of [
      keysOf(project),
      '/v0/verify',
      '/trpc/users.me',
      '/trpc/a.b,a.b',
      '/health',
      '/metrics',
      '/docs',
    ]) {
      for (const [asked, allowed] of [
        [tracing.replaceAll(' ', ''), tracing],
        ['x-\u00e9', 'Authorization, Content-Type, Idempotency-Key'],
      ] as const) {
        const { status, headers } = await service.send('OPTIONS', path, { headers: asking(asked) })
        expect([path, status, headers.get('access-control-allow-headers')]).toEqual([path, 204, allowed])
        expect(headers.get('access-control-allow-origin')).toBe('*')
        expect(headers.get('access-control-allow-methods')).toContain('GET')
        expect(headers.get('access-control-max-age')).toBe('86400')
        expect(headers.get('vary')).toBe('access-control-request-headers')
      }
    }
  })
})

describe('every answer', () => {
  test('is of the type application/json exactly, and in no cache', async () => {
    for (const accept of ['application/json', 'text/html', '*/*', 'application/xml;q=1']) {
      const { headers } = await service.send('GET', keysOf(project), { ...ada, headers: { accept } })
      expect(headers.get('content-type')).toBe('application/json')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    }
  })

  test('of the version is given without regard to the credential', async () => {
    for (const token of [undefined, 'x', ada.token]) {
      const { status, text } = await service.send('GET', '//v0/server/version', { token })
      expect([status, text]).toEqual([200, '{"version":"0.6.12"}'])
    }
  })
})

test('a request that arrives while the server closes is answered like any other', async () => {
  const closing = await startService()
  const socket = connect(Number(new URL(closing.address).port), '127.0.0.1').setEncoding('utf8')
  await once(socket, 'ready')
  const closed = closing.close()
  const isOpen = () =>
    fetch(closing.address).then(
      () => true,
      () => false,
    )
  await expect.poll(isOpen).toBe(false)
  socket.write(lines('GET /v0/server/version HTTP/1.1', HOST))
  expect((await socket.toArray()).join('')).toMatch(/^HTTP\/1.1 200 /)
  await closed
})

describe('what HTTP itself refuses', () => {
  const refused = async (status: number, bytes: string | Buffer) => {
    const answer = await service.sendRaw(bytes)
    expect(answer.status).toBe(status)
    expectRefusal(answer)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  }
  const get = (path: string, ...headers: string[]) =>
    lines(`GET ${path} HTTP/1.1`, HOST, 'Connection: close', ...headers)

  test.each(['%FF', '%', '%E0%A4', '%zz', '%C0%AF'])('has the same shape: %s in a path, 400', async (code) => {
    await refused(400, get(`/v0/projects/${code}/keys`))
    await refused(400, get(`/v0/server/version/${code}`))
  })

  test('has the same shape: a segment of 300 letters is no slug, 400 after the credential', async () => {
    await refused(401, get(`/v0/projects/${'a'.repeat(300)}/keys`))
    await refused(400, get(`/v0/projects/${'a'.repeat(300)}/keys`, `Authorization: Bearer ${ada.token}`))
    await refused(400, get(`${keysOf(project)}/${'a'.repeat(8000)}`, `Authorization: Bearer ${ada.token}`))
  })

  test('has the same shape: headers over 16 KiB, 431', async () => {
    await refused(431, get('/v0/server/version', `X-Large: ${'x'.repeat(17 << 10)}`))
    await refused(
      431,
      get('/v0/server/version', ...Array.from({ length: 200 }, (_, i) => `X-${i}: ${'x'.repeat(100)}`)),
    )
    await refused(431, get(`/v0/projects/${'a'.repeat(17 << 10)}`))
  })

  test.each([
    'hello\r\n\r\n',
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\nHost: a\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nX: a\u0000b\r\n\r\n',
    'NOPE / HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    '\u0016\u0003\u0001\u0002\u0000\u0001',
  ])('has the same shape: broken HTTP, 400: %j', async (bytes) => {
    await refused(400, bytes)
  })

  test('has the same shape: a broken chunk of a body, 400', async () => {
    const head = [
      `POST ${keysOf(project)} HTTP/1.1`,
      HOST,
      `Authorization: Bearer ${ada.token}`,
      'Transfer-Encoding: chunked',
    ]
    await refused(400, `${lines(...head)}nonsense\r\n`)
  })

  test('has the same shape: no Host, 400', async () => {
    await refused(400, 'GET /v0/server/version HTTP/1.1\r\nConnection: close\r\n\r\n')
  })

  test('has the same shape: an expectation that can’t be met, 417', async () => {
    await refused(417, get('/v0/server/version', 'Expect: a miracle'))
  })

  test('is not Expect: 100-continue', async () => {
    const body = '{"name":"patient"}'
    const headers = [HOST, 'Connection: close', `Authorization: Bearer ${ada.token}`, `Content-Length: ${body.length}`]
    const start = lines(`POST ${keysOf(project)} HTTP/1.1`, ...headers, 'Expect: 100-continue')
    expect((await service.sendRaw(start + body)).status).toBe(201)
  })
})

describe.each([
  ['CONNECT', lines('CONNECT localhost:80 HTTP/1.1', HOST)],
  ['an expectation', lines('POST /v0/auth/login HTTP/1.1', HOST, 'Expect: more', 'Content-Length: 5')],
  ['bytes that are no request', lines('GARBAGE')],
])('a connection that ends by the refusal of %s', (_name, bytes) => {
  const port = Number(new URL(service.address).port)
  const open = () => connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {})
  /** Whether or not an error comes before it. */
  const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve))

  test('ends nothing else, whenever its client resets it', async () => {
    for (let round = 0; round < 60; round++) {
      const socket = open()
      const over = closed(socket)
      const reset = () => (round % 2 ? socket.resetAndDestroy() : setTimeout(() => socket.resetAndDestroy(), round % 5))
      socket.once('connect', () => socket.write(bytes, reset))
      await over
    }
    expect((await service.send('GET', '/v0/server/version')).status).toBe(200)
  })

  test('is closed after some seconds, even if its client leaves it open', async () => {
    const socket = open()
    socket.write(bytes)
    await once(socket.resume(), 'end')
    // The client learns only by writing that the other side is gone.
    const writing = setInterval(() => socket.write('\n'), 200)
    await closed(socket)
    clearInterval(writing)
  }, 15_000)
})
