import { randomBytes, randomUUID } from 'node:crypto'
import { METHODS } from 'node:http'
import { expect, test } from 'vitest'
import { countRefused } from '../src/metrics/limits.ts'
import { createMetrics } from '../src/metrics/metrics.ts'
import { countRuns } from '../src/metrics/worker.ts'
import { seriesIn, seriesName } from './metrics-text.ts'
import { startService } from './service.ts'
import { createKey, createProject, keyOf, keysOf, signUp } from './world.ts'

const service = await startService()
const person = await signUp(service, 'Ada Quillfeather')
const project = await createProject(service, person)
const key = await createKey(service, person, project, { name: 'a-name-of-a-key' })

const text = async () => (await service.send('GET', '/metrics')).text
const values = async () => new Map(seriesIn(await text()).map((series) => [seriesName(series), series.value]))
/** The series that are there after these requests, and were not before. */
async function added(requests: (() => Promise<unknown>)[]) {
  const before = await values()
  for (const request of requests) await request()
  return [...(await values()).keys()].filter((name) => !before.has(name))
}
const times = <Made>(count: number, make: (n: number) => Made) => Array.from({ length: count }, (_, n) => make(n))
const raw =
  (line: string, headers = 'Host: localhost') =>
  () =>
    service.sendRaw(`${line} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`)

const SERVED = [
  'revocation_bound_seconds',
  'revocation_slowest_seconds',
  'evidence_age_seconds',
  'evidence_fresh',
  'evidence_stale',
  'remembered_keys',
  'unknown_keys',
  'usage_written',
  'limits_shared',
]

test('GET /metrics keeps the names of the first release, each a gauge with its help', async () => {
  const { status, headers, text } = await service.send('GET', '/metrics')
  expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  for (const name of SERVED) {
    expect(text).toMatch(new RegExp(`^# HELP project_keys_${name} .+\n# TYPE project_keys_${name} gauge\n`, 'm'))
    expect(text).toMatch(new RegExp(`^project_keys_${name} \\S+$`, 'm'))
  }
  expect(text.endsWith('\n')).toBe(true)
})

test('counts a request by method, pattern of the route and status, and its time by the kind of API', async () => {
  const name = 'project_keys_http_requests_total {"method":"GET","route":"/v0/projects/{project}/keys","status":"200"}'
  const timed = 'project_keys_http_request_duration_seconds_count {"api":"rest"}'
  const before = await values()
  await service.send('GET', keysOf(project), { token: person.token })
  const after = await values()
  expect((after.get(name) ?? 0) - (before.get(name) ?? 0)).toBe(1)
  expect((after.get(timed) ?? 0) - (before.get(timed) ?? 0)).toBe(1)
})

test('90 unknown addresses and UUIDs add at most a dozen series', async () => {
  const { token } = person
  const requests = [
    ...times(30, (n) => () => service.send('GET', `/unknown-${n}/${randomUUID()}`)),
    ...times(30, () => () => service.send('GET', `/v0/projects/${randomUUID()}`, { token })),
    ...times(15, () => () => service.send('DELETE', keyOf(project, { uuid: randomUUID() }), { token })),
    ...times(15, (n) => () => service.send('GET', `/v0/nothing/${n}`)),
  ]
  expect(requests).toHaveLength(90)
  expect((await added(requests)).length).toBeLessThanOrEqual(12)
})

test('unknown procedures, batches, hosts, spellings and credentials add at most a dozen series', async () => {
  const requests = [
    ...times(20, () => () => service.send('GET', `/trpc/${randomUUID()}.list`)),
    ...times(
      20,
      (n) => () =>
        service.send(
          'GET',
          `/trpc/${Array(n + 1)
            .fill('server.version')
            .join(',')}?batch=1`,
        ),
    ),
    ...times(20, (n) => raw('GET /livez', `Host: host-${n}.example.com`)),
    ...times(20, (n) => raw(`GET ${'/'.repeat(n + 2)}livez`)),
    ...times(20, () => () => service.send('GET', '/v0/verify', { token: randomBytes(12).toString('hex') })),
  ]
  expect((await added(requests)).length).toBeLessThanOrEqual(12)
})

test('all methods that Node knows add at most eight series to a route, and unknown ones none', async () => {
  const known = METHODS.filter((method) => method !== 'CONNECT').map((method) => raw(`${method} /v0/verify`))
  expect((await added(known)).length).toBeLessThanOrEqual(8)
  expect(await added(times(10, (n) => raw(`METHOD${n} /v0/verify`)))).toEqual([])
})

test('no key, project, person or path is a label', async () => {
  await service.send('GET', '/v0/verify', { token: key.key })
  await service.send('GET', `/v0/projects/${project.slug}/verify?scope=a-scope`, { token: key.key })
  await service.send('GET', `/v0/users/${person.uuid}`, { token: person.token })
  const said = await text()
  const secrets = [key.key, key.uuid, 'a-name-of-a-key', project.uuid, project.slug, project.organization, 'a-scope']
  for (const value of [...secrets, person.uuid, person.slug, person.email, '127.0.0.1', 'Quillfeather']) {
    expect(said).not.toContain(value)
  }
  const labels = new Set(
    seriesIn(said).flatMap(({ name, labels }) => (name.startsWith('project_keys') ? Object.keys(labels) : [])),
  )
  expect([...labels].sort()).toEqual(['api', 'kind', 'le', 'method', 'pool', 'route', 'status'])
})

test('a counter begins at zero for each value, counts what a limit and a quota refuse, and what a task did', async () => {
  const metrics = createMetrics()
  const counts = countRuns(metrics)
  const { limits, quotas } = countRefused(metrics, {
    limits: { take: (what) => (what === 'keys' ? 9 : null), merge: async () => {} },
    quotas: { allows: async (what) => what !== 'projects', most: () => 1 },
  })
  limits.take('keys', 'somebody', new Date())
  limits.take('mails', 'somebody', new Date())
  await quotas.allows('projects', 'somebody', async () => 1)
  counts.failure('seal')
  const said = await metrics.text()
  for (const line of [
    'rate_limited_total{limit="keys"} 1',
    'rate_limited_total{limit="mails"} 0',
    'quota_exceeded_total{quota="projects"} 1',
    'quota_exceeded_total{quota="keys"} 0',
    'worker_failures_total{task="seal"} 1',
    'worker_runs_total{task="seal"} 0',
  ]) {
    expect(said).toContain(`project_keys_${line}\n`)
  }
})

test('tells how many keys were looked up, and of each pool what is open, busy, waiting and allowed', async () => {
  const lookups = async () => (await values()).get('project_keys_key_lookups_total {}') ?? 0
  const before = await lookups()
  const { key: token } = await createKey(service, person, project, { name: 'fresh' })
  await service.send('GET', '/v0/verify', { token })
  expect(await lookups()).toBe(before + 1)
  const series = await values()
  for (const pool of ['main', 'anonymous']) {
    const of = (name: string) => series.get(`project_keys_pool_${name} {"pool":"${pool}"}`)
    expect(of('max_connections')).toBe(pool === 'main' ? service.db.pool.options.max : 2)
    expect(of('connections')).toBeLessThanOrEqual(of('max_connections') ?? 0)
    expect([of('busy_connections'), of('waiting')]).toEqual([0, 0])
  }
})
