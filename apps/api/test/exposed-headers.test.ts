import { appRouter } from '@project-keys/keys'
import { expect, test } from 'vitest'
import { describeApi } from '../src/rest/document.ts'
import { endpointsOf } from '../src/rest/endpoints.ts'
import { SERVER, startService } from './service.ts'
import { createKey, createProject, signUp } from './world.ts'

const service = await startService()

/** Headers that a page of another origin may always read (Fetch standard, CORS-safelisted response headers). */
const SAFELISTED = ['cache-control', 'content-language', 'content-length', 'content-type', 'expires', 'last-modified']

const { components } = describeApi(appRouter, SERVER)
const documented = Object.keys(components?.headers ?? {})
const ofRouter = endpointsOf(appRouter).flatMap(({ headers }) => headers)

/** An answer of each kind: a success, a list, a verification, and refusals of each layer. */
async function answersOf() {
  const ada = await signUp(service)
  const project = await createProject(service, ada)
  const { key } = await createKey(service, ada, project, { name: 'ci' })
  return {
    view: await service.send('GET', `/v0/projects/${project.slug}`),
    list: await service.send('GET', '/v0/projects'),
    create: await service.send('POST', `/v0/projects/${project.slug}/keys`, { ...ada, body: { name: 'new' } }),
    verify: await service.send('GET', '/v0/verify', { token: key }),
    trpc: await service.send('GET', '/trpc/server.version'),
    unauthenticated: await service.send('GET', '/v0/organizations'),
    unverified: await service.send('GET', '/v0/verify'),
    'no such path': await service.send('GET', '/nowhere'),
    'wrong method': await service.send('PUT', '/v0/projects'),
    options: await service.send('OPTIONS', '/v0/projects'),
    'bad path': await service.send('GET', '/%'),
    'no HTTP': await service.sendRaw('nonsense\r\n\r\n'),
  }
}

test('a page of another origin can read every header that the document names, in each kind of answer', async () => {
  expect(documented).toEqual(expect.arrayContaining(['X-Request-Id', 'X-Total-Count', 'Retry-After', ...ofRouter]))
  for (const [kind, { headers }] of Object.entries(await answersOf())) {
    const exposed = (headers.get('access-control-expose-headers') ?? '').toLowerCase().split(/, */)
    const hidden = documented.filter((name) => ![...exposed, ...SAFELISTED].includes(name.toLowerCase()))
    expect([kind, hidden, headers.get('access-control-allow-origin')]).toEqual([kind, [], '*'])
  }
})

test('an answer has no header of ours that the document does not name', async () => {
  const common = ['connection', 'date', 'keep-alive', 'transfer-encoding', 'vary', 'x-content-type-options']
  const known = [...common, ...SAFELISTED, ...documented.map((name) => name.toLowerCase())]
  for (const [kind, { headers }] of Object.entries(await answersOf())) {
    const others = [...headers.keys()].filter((name) => !name.startsWith('access-control-') && !known.includes(name))
    expect([kind, others]).toEqual([kind, []])
  }
})
