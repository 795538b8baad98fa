import { METHODS } from 'node:http'
import { connect } from 'node:net'
import { generateKey } from '@project-keys/verify/key'
import { beforeAll, describe, expect, test } from 'vitest'
import { exchange } from './http.ts'
import { startService } from './service.ts'
import { createKey, createProject, type Person, type Project, signUp } from './world.ts'

const service = await startService()
const port = Number(new URL(service.address).port)
let ada: Person
let project: Project
let key: string
let foreign: string

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada, 'private')
  key = (await createKey(service, ada, project, { name: 'ci' })).key
  foreign = (await createKey(service, ada, await createProject(service, ada), { name: 'foreign' })).key
})

type Sent = { method?: string; path: string; key?: string | undefined; headers?: string[]; body?: string }

/** On a bare connection, because a client would normalize the path and mend the length. */
async function send({ method = 'GET', path, key: token, headers = [], body = '' }: Sent) {
  const authorization = token ? [`Authorization: Bearer ${token}`] : []
  const head = [`${method} ${path} HTTP/1.1`, 'Host: a', 'Connection: close', ...authorization, ...headers]
  const text = await exchange(port, `${head.join('\r\n')}\r\n\r\n${body}`)
  const [lines = ''] = text.split('\r\n\r\n')
  return { status: Number(lines.split(' ')[1]), lines, text }
}
const statusOf = async (sent: Sent) => (await send(sent)).status

/** The paths at which a gateway may ask, for the keys of all projects and for those of one. */
const all = ['/v0/verify', '/v0/verify/', '/v0/verify/a/b.git/info/refs']
const ofOne = () => all.map((path) => path.replace('/v0', `/v0/projects/${project.uuid}`))

describe('a gateway', () => {
  test('gets the same answer at each path and below it, for the keys of all projects or of one', async () => {
    for (const path of [...all, ...ofOne()]) {
      const good = await send({ path, key })
      expect([path, good.status]).toEqual([path, 200])
      expect(good.lines).toMatch(new RegExp(`^x-project: ${project.slug}$`, 'm'))
      expect(await statusOf({ path, key: generateKey('bencher', 'run') })).toBe(401)
      expect(await statusOf({ path })).toBe(401)
      expect(await statusOf({ path, key: foreign })).toBe(path.includes('projects') ? 403 : 200)
    }
  })

  test('gets the same answer to every method', async () => {
    for (const method of METHODS.filter((each) => each !== 'CONNECT')) {
      for (const path of ['/v0/verify', `/v0/projects/${project.uuid}/verify/a?b`]) {
        expect([method, await statusOf({ method, path, key }), await statusOf({ method, path })]).toEqual([
          method,
          200,
          401,
        ])
      }
    }
  })

  test.each([
    ['of no length', ['Content-Length: 0']],
    ['that never comes', ['Content-Length: 500']],
    ['of JSON that never comes', ['Content-Type: application/json', 'Content-Length: 500']],
    ['in chunks that never come', ['Transfer-Encoding: chunked']],
    ['that the client asks leave for', ['Content-Length: 500', 'Expect: 100-continue']],
  ])('gets its answer at once for a request with a body %s', async (_, headers) => {
    for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      for (const path of ['/v0/verify', `/v0/projects/${project.slug}/verify/a`]) {
        const began = performance.now()
        expect([method, (await fetchHead({ method, path, key, headers })).status]).toEqual([method, 200])
        expect(performance.now() - began).toBeLessThan(3000)
      }
    }
  })

  test('is told that the connection ends with a body that nobody reads, and goes on with all other requests', async () => {
    const { lines } = await fetchHead({ method: 'POST', path: '/v0/verify', key, headers: ['Content-Length: 500'] })
    expect(lines).toMatch(/^connection: close$/im)
    const whole = await fetchHead({ method: 'POST', path: '/v0/verify', key, headers: ['Content-Length: 0'] })
    expect(whole.lines).toMatch(/^connection: keep-alive$/im)
  })

  test('may send a body: it is discarded, and the whole answer arrives', async () => {
    const body = new Uint8Array(3 << 20)
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const answer = await service.send(method, '/v0/verify/upload', { token: key, body })
      expect([answer.status, answer.body]).toEqual([200, expect.objectContaining({ name: 'ci' })])
      expect((await service.send(method, '/v0/verify/upload', { body })).status).toBe(401)
    }
  })

  test('may ask with the headers of a WebSocket', async () => {
    const headers = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: eA==',
    ]
    expect(await statusOf({ path: '/v0/verify/socket', key, headers })).toBe(200)
  })
})

/** The head of the response, without waiting for the end of the connection. */
async function fetchHead({ method = 'GET', path, key: token, headers = [] }: Sent) {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  socket.write(
    `${[`${method} ${path} HTTP/1.1`, 'Host: a', `Authorization: Bearer ${token}`, ...headers].join('\r\n')}\r\n\r\n`,
  )
  let text = ''
  for await (const chunk of socket) {
    text = (text + chunk).replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '')
    if (text.includes('\r\n\r\n')) break
  }
  const [lines = ''] = text.split('\r\n\r\n')
  return { status: Number(lines.split(' ')[1]), lines }
}

describe('below the path of verification', () => {
  test.each([
    ['/?project=nowhere'],
    ['?project=nowhere', 403],
    ['/?challenge=nothing&project=NO-SLUG&project='],
    ['/%zz'],
    ['/%ff%00'],
    ['/../projects'],
    ['/%2e%2e/%2e%2e/health'],
    ['//'],
    ['/a?b#c'],
    ['/;x=1'],
    [`/${'a'.repeat(8000)}`],
    ['/v0/verify?project=nowhere'],
    [`/v0/projects/nowhere/verify`],
  ])('neither the path nor the query is read: %s', async (rest, status = 200) => {
    expect(await statusOf({ path: `/v0/verify${rest}`, key })).toBe(status)
    expect(await statusOf({ path: `/v0/verify${rest}` })).toBe(401)
    if (status !== 200) return
    const ofProject = `/v0/projects/${project.slug}/verify${rest}`
    expect(await statusOf({ path: ofProject, key })).toBe(200)
    expect(await statusOf({ path: ofProject, key: foreign })).toBe(403)
  })

  test('is what a proxy writes with a host, or with slashes that the API takes elsewhere, too', async () => {
    for (const path of ['http://a/v0/verify/b?project=nowhere', '//v0//verify//b?project=nowhere']) {
      expect([path, await statusOf({ path, key })]).toEqual([path, 200])
    }
  })

  test('is nothing else: other paths are as they were', async () => {
    for (const path of ['/v0/verifyx', '/v0/projects/verify/keys/verify', '/v1/verify/a', '/x/v0/verify/a']) {
      expect([path, await statusOf({ path, key })]).not.toEqual([path, 200])
    }
  })
})

describe('GET /v0/projects/{project}/verify', () => {
  test('takes the project by slug or UUID, and refuses a good key with 403 where there is no such project', async () => {
    const at = async (id: string, token = key) => statusOf({ path: `/v0/projects/${id}/verify`, key: token })
    expect([await at(project.slug), await at(project.uuid), await at(project.uuid.toUpperCase())]).toEqual([
      200, 200, 200,
    ])
    expect([await at('nowhere'), await at(project.slug, foreign)]).toEqual([403, 403])
    expect([await at('NO-SLUG'), await at('NO-SLUG', 'x')]).toEqual([400, 401])
  })

  test('reads no project in its query', async () => {
    expect(await statusOf({ path: `/v0/projects/${project.slug}/verify?project=nowhere`, key })).toBe(200)
  })
})

describe('a preflight of a browser', () => {
  const headers = ['Origin: https://example.com', 'Access-Control-Request-Method: PUT']

  test('is a 204 that allows every method, at each path', async () => {
    for (const path of [...all, ...ofOne()]) {
      const { status, lines } = await send({ method: 'OPTIONS', path, headers })
      expect([path, status]).toEqual([path, 204])
      expect(lines).toMatch(/^access-control-allow-methods: .*PUT/m)
      expect(lines).not.toMatch(/^x-project/m)
    }
  })

  test('has both headers; anything less is verified', async () => {
    for (const header of headers) {
      expect(await statusOf({ method: 'OPTIONS', path: '/v0/verify', headers: [header] })).toBe(401)
    }
    expect(await statusOf({ method: 'GET', path: '/v0/verify', headers })).toBe(401)
  })
})
