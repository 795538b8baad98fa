import { appRouter, type Context, type Meta } from '@project-keys/keys'
import { initTRPC } from '@trpc/server'
import fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { closeServer } from '../src/process/close-server.ts'
import { describeApi } from '../src/rest/document.ts'
import { endpointsOf } from '../src/rest/endpoints.ts'
import { serveRest } from '../src/rest/serve.ts'
import { formOf, request } from './http.ts'
import { NO_TIMEOUT_MS, SERVER, START, startService } from './service.ts'

const service = await startService()

const t = initTRPC.context<Context>().meta<Meta>().create()
const Output = z.object({ name: z.string() })
const sampleRouter = t.router({
  withoutInput: t.procedure
    .meta({ openapi: { method: 'POST', path: '/without-input' } })
    .output(Output)
    .mutation(() => ({ name: '' })),
  withoutFields: t.procedure
    .meta({ openapi: { method: 'POST', path: '/without-fields' } })
    .input(z.object({}))
    .output(Output)
    .mutation(() => ({ name: '' })),
  ofPath: t.procedure
    .meta({ openapi: { method: 'POST', path: '/of-path/{id}' } })
    .input(z.object({ id: z.string() }))
    .output(Output)
    .mutation(({ input }) => ({ name: input.id })),
  optional: t.procedure
    .meta({ openapi: { method: 'POST', path: '/optional' } })
    .input(z.object({ name: z.string().default('unnamed'), ttl: z.int().nullish() }))
    .output(Output)
    .mutation(({ input }) => ({ name: input.name })),
  hidden: t.procedure
    .meta({ openapi: { method: 'POST', path: '/hidden', enabled: false } })
    .output(Output)
    .mutation(() => ({ name: '' })),
})

const app = fastify()
let address: string
beforeAll(async () => {
  const call = { requestId: '', now: START, authorization: undefined, address: '', params: null, worker: false }
  const createContext = () => ({ ...service, ...call, send: () => {}, document: () => ({}), headers: {} })
  serveRest(app, { router: sampleRouter, createContext })
  address = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => closeServer(app, NO_TIMEOUT_MS))

const Operation = z.object({ requestBody: z.object({ required: z.boolean() }).optional() })
const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
})
const { paths } = Document.parse(describeApi(sampleRouter, SERVER))
const statusOf = async (method: string, path: string) => (await fetch(address + path, { method })).status

test('a procedure that is not enabled for OpenAPI is neither served nor documented', async () => {
  expect(Object.keys(paths)).toEqual(['/without-input', '/without-fields', '/of-path/{id}', '/optional'])
  expect(endpointsOf(sampleRouter).map(({ path }) => path)).toEqual(Object.keys(paths))
  expect(await statusOf('OPTIONS', '/optional')).toBe(204)
  expect(await statusOf('OPTIONS', '/hidden')).toBe(404)
  expect(await statusOf('POST', '/hidden')).toBe(404)
})

describe('a body', () => {
  test.each([
    ['/without-input', '', undefined],
    ['/without-fields', '', undefined],
    ['/of-path/{id}', 'a', undefined],
    ['/optional', 'unnamed', { required: false }],
  ])('may be absent, empty or {} for a POST of which no field is required: %s', async (path, name, requestBody) => {
    expect(paths[path]?.post?.requestBody).toEqual(requestBody)
    for (const body of [undefined, '', {}]) {
      const answer = await request(address + path.replace('{id}', 'a'), 'POST', { body })
      expect([body, answer.status, answer.body]).toEqual([body, 200, { name }])
    }
  })

  test('of fields that may be left out is read like any other', async () => {
    const { body } = await request(`${address}/optional`, 'POST', { body: { name: 'ci' } })
    expect(body).toEqual({ name: 'ci' })
  })
})

const required = endpointsOf(appRouter).filter(({ body }) => body === 'required')
const documented = Document.parse(describeApi(appRouter, SERVER)).paths

test.each(required)('$method $path requires a body, in the document and with a 400', async ({ method, path, form }) => {
  expect(documented[path]?.[method.toLowerCase()]?.requestBody).toEqual({ required: true })
  const content = form ? formOf() : { body: '' }
  const url = path.replace(/\{\w+\}/g, '01890a5d-ac96-774b-bcce-b302099a8057')
  const answer = await service.send(method, url, { token: service.admin.token, ...content })
  expect(answer).toMatchObject({ status: 400, body: { error_code: form ? 'invalid_input' : 'invalid_body' } })
})
