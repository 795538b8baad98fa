import { once } from 'node:events'
import { expect, test } from 'vitest'
import { exchange } from './http.ts'
import { answering, MAIN, newPlace, run } from './process.ts'
import { SECRET, startService } from './service.ts'
import { createKey, createProject, createUserKey, keysOf, signUp } from './world.ts'

const service = await startService()

const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${headers}\r\n`
const post = (path: string, type: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
const FORM = 'application/x-www-form-urlencoded'
const encoded = (secret: string) => btoa(`ada:${secret}`)
const basicOf = (secret: string) => `Basic ${encoded(secret)}`

/** Every place of a request where somebody may put a text, with a credential in it. */
const PLACES: Record<string, (secret: string, project: string) => string> = {
  'the query of a public endpoint': (secret) => get(`/v0/projects?access_token=${secret}`),
  'a search': (secret) => get(`/v0/projects?search=${secret}`),
  'a known parameter': (secret) => get(`/v0/projects?per_page=${secret}`),
  'the project to verify for': (secret) => get(`/v0/verify?project=${secret}`),
  'a path segment': (secret) => get(`/v0/projects/${secret}/keys`),
  'the last segment': (secret, project) => get(`/v0/projects/${project}/keys/${secret}`),
  'an unknown path': (secret) => get(`/${secret}`),
  'a path that is not valid': (secret) => get(`/%ff${secret}`),
  'the input of a query over tRPC': (secret) =>
    get(`/trpc/projects.list?input=${encodeURIComponent(`{"search":"${secret}"}`)}`),
  'the name of a procedure': (secret) => get(`/trpc/${secret}`),
  'a batch': (secret) => get(`/trpc/users.me,${secret}?batch=1&input=%7B%7D`),
  'the path of the page of the API': (secret) => get(`/docs/assets/${secret}`),
  'the Authorization header': (secret) => get('/v0/organizations', `Authorization: Bearer ${secret}\r\n`),
  'another scheme': (secret) => get('/v0/organizations', `Authorization: Basic ${secret}\r\n`),
  'a Basic credential': (secret) => get('/v0/organizations', `Authorization: ${basicOf(secret)}\r\n`),
  'a Basic credential to verify': (secret) => get('/v0/verify', `Authorization: ${basicOf(secret)}\r\n`),
  'a Basic credential in a query': (secret) => get(`/v0/projects?authorization=${encodeURIComponent(basicOf(secret))}`),
  'a header that a proxy sets': (secret) =>
    get('/v0/verify', `X-Forwarded-For: ${secret}\r\nX-Request-Id: ${secret}\r\n`),
  'a header of the console': (secret) =>
    get('/v0/verify', `X-Console-Token: ${secret}\r\nX-Client-Address: ${secret}\r\n`),
  'the Host header': (secret) => `GET /v0/verify HTTP/1.1\r\nHost: ${secret}\r\nConnection: close\r\n\r\n`,
  'the User-Agent and the Referer': (secret) => get('/v0/verify', `User-Agent: ${secret}\r\nReferer: ${secret}\r\n`),
  'the method': (secret) => `${secret.slice(0, 40)} / HTTP/1.1\r\nHost: a\r\n\r\n`,
  'a JSON body': (secret) => post('/v0/auth/signup', 'application/json', `{"name":"${secret}"}`),
  'a JSON body that is broken': (secret) => post('/v0/auth/signup', 'application/json', `{"name":"${secret}`),
  'the type of a body': (secret) => post('/v0/auth/signup', secret, '{}'),
  'the secret of a client': (secret) => post('/v0/introspect', FORM, `token=x&client_secret=${secret}`),
  'a form': (secret) => post('/v0/introspect', FORM, `token=${secret}`),
  'the name of a field': (secret) => post('/v0/introspect', FORM, `${secret}=1&${secret}=2`),
  'a body over tRPC': (secret) => post('/trpc/auth.inspectLink', 'application/json', `{"token":"${secret}"}`),
}

test('no credential is logged, however much is', async () => {
  service.clock.now = new Date()
  const ada = await signUp(service)
  const project = await createProject(service, ada)
  const { key } = await createKey(service, ada, project, { name: 'ci' })
  const userKey = (await createUserKey(service, ada, { name: 'cli' })).key
  const link = service.tokens.sign({ audience: 'auth', email: ada.email, now: service.clock.now, ttl: 60 })

  const { env } = await newPlace()
  const same = { DATABASE_URL: service.databaseUrl, SECRET_KEY: SECRET, CONSOLE_URL: service.consoleUrl }
  const running = await answering(run(MAIN, { ...env, ...same, LOG_LEVEL: 'trace' }))
  const url = `http://127.0.0.1:${env.PORT}`
  const statuses: number[] = []
  const send = async (method: string, path: string, token: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', cookie: `t=${token}` }
    const response = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
    statuses.push(response.status)
    return await response.text()
  }
  const created = JSON.parse(await send('POST', keysOf(project), ada.token, { name: 'logged' }))
  await send('GET', keysOf(project), userKey)
  await send('GET', `/v0/projects/${project.slug}`, key)
  await send('GET', keysOf(project), key)
  await send('POST', '/v0/auth/confirm', 'x', { token: link })
  await send('POST', '/trpc/auth.inspectLink', ada.token, { token: link })
  await send('GET', '/trpc/users.me', `${ada.token}x`)
  expect(statuses).toEqual([201, 200, 200, 403, 200, 401, 401])
  for (const secret of [ada.token, userKey, key, link]) {
    for (const [place, request] of Object.entries(PLACES)) {
      expect(await exchange(Number(env.PORT), request(secret, project.slug)), place).not.toContain(secret)
    }
  }
  running.child.kill('SIGTERM')
  await once(running.child, 'close')

  expect(running.said()).toContain('"req"')
  for (const secret of [ada.token, userKey, key, created.key, link, SECRET]) {
    expect(running.said()).not.toContain(secret)
    expect(running.said()).not.toContain(encoded(secret).slice(0, -4))
  }
})
