import { generateKey } from '@project-keys/verify/key'
import { beforeAll, expect, test } from 'vitest'
import { formOf } from './http.ts'
import { startService } from './service.ts'
import { createKey, createProject, createUserKey, keyOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project
/** Of another project: the credential of whoever asks. */
let credential: string

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
  credential = (await createKey(service, ada, await createProject(service, ada), { name: 'credential' })).key
})

const introspect = (token: string, asked: string) =>
  service.send('POST', '/v0/introspect', { token, ...formOf({ token: asked }) })
const seconds = (time: string) => Date.parse(time) / 1000

test('POST /v0/introspect answers 200 with what a good key is, to a user, an API token or a project key', async () => {
  const key = await createKey(service, ada, project, { name: 'ci', ttl: 3600 })
  const apiToken = (await createUserKey(service, ada, { name: 'cli' })).key
  for (const token of [ada.token, apiToken, credential]) {
    const { status, body, headers } = await introspect(token, key.key)
    expect([status, body]).toEqual([
      200,
      {
        active: true,
        sub: key.uuid,
        iat: seconds(key.creation),
        exp: seconds(key.expiration),
        project: { uuid: project.uuid, slug: project.slug },
      },
    ])
    expect([headers.get('content-type'), headers.get('cache-control')]).toEqual(['application/json', 'no-store'])
  }
})

test('answers 200 with exactly `{"active":false}` for all that is no good project key', async () => {
  const expired = await createKey(service, ada, project, { name: 'a', ttl: 1 })
  const revoked = await createKey(service, ada, project, { name: 'b' })
  await service.send('DELETE', keyOf(project, revoked), ada)
  service.wait(1)
  const userKey = (await createUserKey(service, ada, { name: 'cli' })).key
  const unknown = generateKey('bencher', 'run')
  for (const asked of ['x', '🚀', unknown, `${unknown.slice(0, -1)}!`, expired.key, revoked.key, userKey, ada.token]) {
    const { status, text } = await introspect(credential, asked)
    expect([asked, status, text]).toEqual([asked, 200, '{"active":false}'])
  }
})

test('is a 401 for who shows no good credential, whatever is sent', async () => {
  const revoked = await createKey(service, ada, project, { name: 'c' })
  await service.send('DELETE', keyOf(project, revoked), ada)
  for (const token of [undefined, 'x', revoked.key]) {
    for (const content of [formOf({ token: credential }), { body: {} }, {}]) {
      expect((await service.send('POST', '/v0/introspect', { token, ...content })).status).toBe(401)
    }
  }
})

test('is a 415 for JSON and for a body of no type, a 413 for one over 64 KiB', async () => {
  const headers = { 'content-type': 'text/plain' }
  for (const content of [{ body: { token: credential } }, { headers, body: 'token=x' }, {}]) {
    expect((await service.send('POST', '/v0/introspect', { token: ada.token, ...content })).status).toBe(415)
  }
  expect((await introspect(ada.token, 'x'.repeat(1 << 16))).status).toBe(413)
  expect((await introspect(ada.token, 'x'.repeat(1 << 15))).status).toBe(200)
})

test('takes an unknown field that is given twice, as any unknown field', async () => {
  const { headers } = formOf()
  const body = `token=${credential}&token_type_hint=a&token_type_hint=b`
  expect((await service.send('POST', '/v0/introspect', { ...ada, headers, body })).status).toBe(200)
})

test('is a 400 without a token, with an empty one, or with two', async () => {
  for (const body of ['', 'token', 'token=', 'tok=x', 'token=x&token=x']) {
    const { headers } = formOf()
    const { status } = await service.send('POST', '/v0/introspect', { ...ada, headers, body })
    expect([body, status]).toEqual([body, 400])
  }
  const hinted = formOf({ token: credential, token_type_hint: 'access_token' })
  expect((await service.send('POST', '/v0/introspect', { token: ada.token, ...hinted })).status).toBe(200)
})

test('is a POST alone', async () => {
  const { status, headers } = await service.send('GET', '/v0/introspect', ada)
  expect([status, headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
})
