import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { startTracing } from '../src/tracing/start.ts'
import type { Tracing } from '../src/tracing/tracing.ts'
import { type Service, startService } from './service.ts'
import { createKey, createProject, keysOf, signUp } from './world.ts'

const Sent = z.object({
  resourceSpans: z.array(
    z.object({
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              name: z.string(),
              attributes: z.array(z.object({ key: z.string(), value: z.unknown() })),
            }),
          ),
        }),
      ),
    }),
  ),
})
type Span = z.output<typeof Sent>['resourceSpans'][number]['scopeSpans'][number]['spans'][number]

const spans: Span[] = []
const collector = createServer(async (request, response) => {
  const { resourceSpans } = Sent.parse(await json(request))
  spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)))
  response.end('{}')
})
let service: Service
let tracing: Tracing | null

beforeAll(async () => {
  await new Promise<void>((listening) => collector.listen(0, '127.0.0.1', listening))
  const address = collector.address()
  const port = typeof address === 'object' && address ? address.port : 0
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${port}`)
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '50')
  tracing = await startTracing(process.env, '0.0.0')
  service = await startService({ tracing })
})
afterAll(async () => {
  await tracing?.stop()
  collector.close()
})

const TRACE = '0af7651916cd43dd8448eb211c80319c'

describe('with an endpoint, a trace', () => {
  test('goes from the request to its statements, and goes on the caller’s', async () => {
    const leader = await signUp(service)
    const project = await createProject(service, leader)
    const key = await createKey(service, leader, project, { name: 'a name that is in no span' })
    spans.length = 0
    const headers = { traceparent: `00-${TRACE}-b7ad6b7169203331-01` }
    await service.send('PATCH', `${keysOf(project)}/${key.uuid}`, {
      token: leader.token,
      headers,
      body: { name: 'another secret name' },
    })
    const ofTrace = () => spans.filter(({ traceId }) => traceId === TRACE)
    await expect.poll(() => ofTrace().map(({ name }) => name)).toContain('PATCH /v0/projects/{project}/keys/{key}')
    const root = ofTrace().find(({ name }) => name.startsWith('PATCH'))
    expect(root).toMatchObject({ parentSpanId: 'b7ad6b7169203331' })
    const statements = ofTrace().filter(({ parentSpanId }) => parentSpanId === root?.spanId)
    expect(statements.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['SELECT postgresql', 'UPDATE postgresql']),
    )
    const text = JSON.stringify(ofTrace())
    for (const value of [project.slug, project.uuid, key.uuid, 'secret name', leader.token, leader.email]) {
      expect(text).not.toContain(value)
    }
  })

  test('of an unknown path names neither it nor its query', async () => {
    spans.length = 0
    await service.send('GET', '/v0/nothing-of-this-name?token=bencher_run_abc')
    await expect.poll(() => spans.map(({ name }) => name)).toContain('GET unknown')
    expect(JSON.stringify(spans)).not.toMatch(/nothing-of|bencher_run/)
  })
})

test('without an endpoint nothing is traced', async () => {
  expect(await startTracing({}, '0.0.0')).toBeNull()
  expect(
    await startTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' }, ''),
  ).toBeNull()
})
