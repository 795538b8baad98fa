import { appRouter } from '@project-keys/keys'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { expectDocumented, type Operation, readOperations } from './document.ts'
import { callTrpc } from './inputs.ts'
import { procedures } from './procedures.ts'
import { startService } from './service.ts'
import { createKey, createProject, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project
let operations: Operation[]

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
  operations = await readOperations(service)
})

/** The answer of a request, parsed by the documented shape, which takes no other field. */
async function parsed(method: string, path: string, body?: unknown) {
  const answer = await service.send(method, path, { token: ada.token, body })
  const documented = path.replace(/\?.*/, '').split('/').length === 5 ? '/{project}/keys' : '/{project}/keys/{key}'
  const operation = operations.find((each) => each.method === method && each.path === `/v0/projects${documented}`)
  if (!operation) throw new Error(`The document must have ${method} ${documented}.`)
  expectDocumented(operation, answer)
  return answer.body
}

test('the answers that no schema parses have the documented fields and no others, active or revoked', async () => {
  const key = await createKey(service, ada, project, { name: 'ci' })
  const shown = { ...key, project: project.uuid, creator: ada.uuid, name: 'ci', key: undefined }
  const active = JSON.parse(JSON.stringify(shown))
  expect(await parsed('GET', keysOf(project))).toEqual([active])
  expect(await parsed('GET', `${keysOf(project)}?search=C`)).toEqual([active])
  expect(await parsed('GET', `${keysOf(project)}?name=ci`)).toEqual([active])
  expect(await parsed('GET', keyOf(project, key))).toEqual(active)
  expect(await parsed('PATCH', keyOf(project, key), { name: 'new' })).toEqual({ ...active, name: 'new' })
  await service.send('DELETE', keyOf(project, key), ada)
  const revoked = { ...active, name: 'new', revoked: service.clock.now.toISOString().replace('.000', '') }
  expect(await parsed('GET', `${keysOf(project)}?revoked=true`)).toEqual([revoked])
  expect(await parsed('GET', `${keysOf(project)}?revoked=true&search=ne`)).toEqual([revoked])
  expect(await parsed('GET', keyOf(project, key))).toEqual(revoked)
  expect(await parsed('PATCH', keyOf(project, key), { name: 'ci' })).toEqual({ ...revoked, name: 'ci' })
})

test('the answer of a create has the documented fields and no others', async () => {
  const other = await createProject(service, ada)
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  expect(await parsed('POST', keysOf(other), { name: 'ci', ttl: 60 })).toEqual({
    uuid: expect.any(String),
    project: other.uuid,
    name: 'ci',
    key: expect.stringMatching(/^bencher_run_\w{30}$/),
    creation: time,
    expiration: time,
  })
})

test('the answers about a key with all settings have the documented fields and no others', async () => {
  const other = await createProject(service, ada)
  const settings = {
    description: 'Uploads the reports',
    scopes: ['reports:*'],
    allowed_networks: ['192.0.2.0/24'],
    external_id: 'customer-42',
    metadata: { team: 'billing' },
    rate_limit: { requests: 600, seconds: 60 },
    self_rotation: true,
  }
  const made = z.object({ uuid: z.string() }).parse(await parsed('POST', keysOf(other), { name: 'ci', ...settings }))
  expect(await parsed('GET', keyOf(other, made))).toMatchObject(settings)
  expect(await parsed('GET', keysOf(other))).toMatchObject([settings])
  expect(await parsed('GET', `${keysOf(other)}?external_id=customer-42`)).toMatchObject([settings])
  expect(await parsed('PATCH', keyOf(other, made), { name: 'new' })).toMatchObject(settings)
  const page = find('projectKeys.page')
  const { text } = await callTrpc(service, page, { token: ada.token, input: { project: other.slug } })
  const { data } = z.object({ result: z.object({ data: z.unknown() }) }).parse(JSON.parse(text)).result
  expect(page.output.parse(data)).toEqual(data)
  expect(data).toMatchObject({ keys: [settings] })
})

const find = (name: string) => procedures.find((each) => each.name === name) ?? expect.unreachable(name)

test.each(['active', 'expired', 'revoked'])(
  'the console’s page of %s keys has the fields of its shape and no others',
  async (state) => {
    const page = find('projectKeys.page')
    const other = await createProject(service, ada)
    await createKey(service, ada, other, { name: 'active' })
    await createKey(service, ada, other, { name: 'expired', ttl: 1 })
    await service.send('DELETE', keyOf(other, await createKey(service, ada, other, { name: 'revoked' })), ada)
    service.wait(1)
    const { text } = await callTrpc(service, page, { token: ada.token, input: { project: other.slug, state } })
    const { data } = z.object({ result: z.object({ data: z.unknown() }) }).parse(JSON.parse(text)).result
    expect(data).toMatchObject({ keys: [{ name: state }] })
    expect(page.output.parse(data)).toEqual(data)
  },
)

const Procedure = z.custom<{ _def: unknown }>((value) => typeof value === 'function')
const Built = z.object({
  output: z.unknown().optional(),
  middlewares: z.array(z.custom<{ _type?: string }>((value) => typeof value === 'function')),
})

test('only these procedures have an output that tRPC does not parse', () => {
  const names = Object.entries(appRouter._def.procedures).flatMap(([name, procedure]) => {
    const { output, middlewares } = Built.parse(Procedure.parse(procedure)._def)
    return output && !middlewares.some(({ _type }) => _type === 'output') ? [name] : []
  })
  expect(names).toEqual([
    ...['projectKeys.list', 'projectKeys.create', 'projectKeys.view', 'projectKeys.rename'],
    ...['projectKeys.page'],
  ])
})
