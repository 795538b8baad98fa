import { appRouter } from '@project-keys/keys'
import { Validator } from '@seriousme/openapi-schema-validator'
import { beforeAll, describe, expect, test } from 'vitest'
import { endpointsOf } from '../src/rest/endpoints.ts'
import { expectDocumented, type Operation, readOperations } from './document.ts'
import { formOf } from './http.ts'
import { SERVER, startService } from './service.ts'
import { createKey, createProject, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let text: string
let operations: Operation[]
let ada: Person
let project: Project

beforeAll(async () => {
  text = (await service.send('GET', '/v0/server/spec')).text
  operations = await readOperations(service)
  ada = await signUp(service)
  project = await createProject(service, ada)
})

describe('the OpenAPI document', () => {
  test('passes a validator', async () => {
    const { valid, errors } = await new Validator().validate(JSON.parse(text))
    expect(errors).toBeUndefined()
    expect(valid).toBe(true)
  })

  test('names every endpoint of the router with the status of its success, and no other', () => {
    const named = operations.map(({ method, path, responses }) => [method, path, ...successesOf(responses)].join(' '))
    const served = endpointsOf(appRouter).map(({ method, path, status }) => [method, path, status].join(' '))
    expect(named.sort()).toEqual(served.sort())
  })

  test('holds nothing that nothing refers to, and names no host but the API’s, the licence’s and those of examples', () => {
    const { components } = JSON.parse(text)
    for (const kind of ['schemas', 'responses', 'headers', 'examples']) {
      const unused = Object.keys(components[kind]).filter((name) => !text.includes(`"#/components/${kind}/${name}"`))
      expect([kind, unused]).toEqual([kind, []])
    }
    const hosts = [...text.matchAll(/https?:\/\/([\w.]+)/g)].map(([, host]) => host)
    expect(new Set(hosts)).toEqual(new Set(['api.example.com', 'spdx.org', 'example.com']))
  })

  test('says where people reach the API', () => {
    expect(JSON.parse(text).servers).toEqual([{ url: SERVER.apiUrl }])
  })

  test('names the real answers of each endpoint', async () => {
    const key = await createKey(service, ada, project, { name: 'ci' })
    const { token } = ada
    const email = 'documented@example.com'
    const link = service.tokens.sign({ audience: 'auth', email, now: service.clock.now, ttl: 60 })
    const requests: [string, string, string, unknown?][] = [
      ['POST', '/v0/auth/signup', '/v0/auth/signup', { name: 'D', email, i_agree: true }],
      ['POST', '/v0/auth/confirm', '/v0/auth/confirm', { token: link }],
      ['POST', '/v0/organizations', '/v0/organizations', { name: 'D', slug: 'documented' }],
      [
        'POST',
        '/v0/organizations/{organization}/projects',
        '/v0/organizations/documented/projects',
        { name: 'D', url: 'https://example.com/d' },
      ],
      ['GET', '/v0/projects/{project}', `/v0/projects/${project.slug}`],
      ['GET', '/v0/projects/{project}/keys', keysOf(project)],
      ['POST', '/v0/projects/{project}/keys', keysOf(project), { name: 'a', ttl: null }],
      ['GET', '/v0/projects/{project}/keys/{key}', keyOf(project, key)],
      ['PATCH', '/v0/projects/{project}/keys/{key}', keyOf(project, key), { name: 'b' }],
      ['DELETE', '/v0/projects/{project}/keys/{key}', keyOf(project, key)],
      ['GET', '/v0/projects/{project}/keys', `${keysOf(project)}?revoked=true`],
      ['GET', '/v0/projects/{project}/keys/{key}', keyOf(project, key)],
      ['POST', '/v0/users/{user}/keys', `/v0/users/${ada.slug}/keys`, { name: 'a' }],
      ['GET', '/v0/server/version', '/v0/server/version'],
      ['GET', '/v0/server/spec', '/v0/server/spec'],
    ]
    for (const [method, path, url, body] of requests) {
      const answer = await service.send(method, url, { token: path.startsWith('/v0/auth') ? undefined : token, body })
      expect([method, url, answer.status]).toEqual([method, url, expect.toBeOneOf([200, 201, 202, 204])])
      expectDocumented(operationOf(method, path), answer)
    }
  })

  test('names the refusals of each endpoint', async () => {
    const unknown = { uuid: '01890a5d-ac96-774b-bcce-b302099a8057' }
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE']) {
      const isKey = method === 'PATCH' || method === 'DELETE'
      const operation = operationOf(method, isKey ? '/v0/projects/{project}/keys/{key}' : '/v0/projects/{project}/keys')
      const at = (slug: string) => (isKey ? keyOf({ slug }, unknown) : keysOf({ slug }))
      const outsider = await signUp(service)
      const body = method === 'POST' || method === 'PATCH' ? { body: { name: 'a' } } : {}
      const answers = [
        await service.send(method, at(project.slug), body),
        await service.send(method, at(project.slug), { ...body, ...outsider }),
        await service.send(method, at('nowhere'), { ...body, ...ada }),
        await service.send(method, at('NO-SLUG'), { ...body, ...ada }),
      ]
      expect(answers.map(({ status }) => status)).toEqual([401, 403, 404, 400])
      for (const answer of answers) expectDocumented(operation, answer)
    }
  })

  test('says where a page and its total are asked for, and where a credential is', () => {
    const list = operationOf('GET', '/v0/projects/{project}/keys')
    expect(list.parameters.map(({ name }) => name).sort()).toEqual(
      ['direction', 'external_id', 'name', 'page', 'per_page', 'project', 'revoked', 'search', 'sort'].sort(),
    )
    expect(Object.keys(list.responses[200]?.headers ?? {})).toContain('X-Total-Count')
    expect(Object.keys(list.responses[401]?.headers ?? {})).toContain('WWW-Authenticate')
    expect(Object.keys(list.responses[503]?.headers ?? {})).toContain('Retry-After')
    expect(Object.keys(list.responses[405]?.headers ?? {})).toContain('Allow')
  })

  test('names the headers of a verified key, and the real answers of whoever asks about one', async () => {
    const verify = operationOf('GET', '/v0/verify')
    expect(Object.keys(verify.responses[200]?.headers ?? {})).toEqual([
      'X-Request-Id',
      'X-Project',
      'X-Project-Key',
      'X-Scopes',
      'X-External-Id',
      'RateLimit',
      'RateLimit-Policy',
      'Evidence-Age',
    ])
    const key = await createKey(service, ada, project, { name: 'ci' })
    const ask = (token?: string, query = '') => service.send('GET', `/v0/verify${query}`, { token })
    const answers = [
      await ask(key.key),
      await ask(),
      await ask(key.key, '?project=other'),
      await ask(key.key, '?project='),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 403, 400])
    for (const answer of answers) expectDocumented(verify, answer)

    const introspect = operationOf('POST', '/v0/introspect')
    for (const token of [key.key, 'x']) {
      const answer = await service.send('POST', '/v0/introspect', { token: ada.token, ...formOf({ token }) })
      expectDocumented(introspect, answer)
    }
    expectDocumented(introspect, await service.send('POST', '/v0/introspect', { token: ada.token, body: {} }))
    const usage = operationOf('GET', '/v0/projects/{project}/keys/{key}/usage')
    expectDocumented(usage, await service.send('GET', `${keyOf(project, key)}/usage`, ada))
  })
})

function operationOf(method: string, path: string): Operation {
  const operation = operations.find((operation) => operation.method === method && operation.path === path)
  if (!operation) throw new Error(`The document does not name ${method} ${path}.`)
  return operation
}

const successesOf = (responses: Record<string, unknown>) =>
  Object.keys(responses).filter((status) => status.startsWith('2'))
