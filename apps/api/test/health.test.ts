import { expect, test } from 'vitest'
import { expectAway, serveFrom, wayTo } from './second-process.ts'
import { startService } from './service.ts'
import { createKey, createProject } from './world.ts'

const service = await startService()
const NOWHERE = 'postgresql://keys:a-password@127.0.0.1:1/keys'

const FRESH = {
  bound_ms: 1000,
  evidence_ms: expect.any(Number),
  slowest_ms: expect.any(Number),
  fresh: true,
  stale: false,
}

test('GET /health answers 200 with the version and how the bound of revocation is kept', async () => {
  const project = await createProject(service, service.admin)
  const { key: token } = await createKey(service, service.admin, project, { name: 'ci' })
  await service.send('GET', '/v0/verify', { token })
  await expect
    .poll(async () => (await service.send('GET', '/health')).body)
    .toEqual({
      status: 'ok',
      version: '0.0.0',
      verification: { ...FRESH, remembered_keys: 1, unknown_keys: 0, usage_written: true, limits_shared: true },
    })
})

test('GET /health answers 503 with Retry-After while the database is away, and 200 when it is back', async () => {
  const way = await wayTo(service.databaseUrl)
  const { ask } = await serveFrom(way.url)
  const status = async () => (await ask('GET', '/health')).status
  await expect.poll(status).toBe(200)
  await way.close()
  await expect.poll(status).toBe(503)
  expectAway(await ask('GET', '/health'))
  await way.open()
  await expect.poll(status).toBe(200)
  await way.close()
})

test('GET /livez answers 200 and GET /readyz 503 while the database is away, and both 200 when it is back', async () => {
  const way = await wayTo(service.databaseUrl)
  const { ask } = await serveFrom(way.url)
  const statuses = async () => [(await ask('GET', '/livez')).status, (await ask('GET', '/readyz')).status]
  await expect.poll(statuses).toEqual([200, 200])
  expect((await ask('GET', '/readyz')).body).toEqual({ status: 'ok' })
  await way.close()
  await expect.poll(statuses).toEqual([200, 503])
  expectAway(await ask('GET', '/readyz'))
  await way.open()
  await expect.poll(statuses).toEqual([200, 200])
  await way.close()
})

test('none of them says anything about the database’s address, or why it does not answer', async () => {
  const { ask, verifier } = await serveFrom(NOWHERE)
  await expect.poll(() => verifier.health().failure).toMatch(/ECONNREFUSED/)
  for (const path of ['/health', '/readyz', '/metrics']) {
    expect((await ask('GET', path)).text).not.toMatch(/a-password|127\.0\.0\.1|ECONNREFUSED/)
  }
})

/** The text format: comments, then `name value`. */
const metricsIn = (text: string) =>
  Object.fromEntries([...text.matchAll(/^(\w+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]))

test('GET /metrics answers 200 in Prometheus’s text format, each gauge with its help and type', async () => {
  await expect.poll(() => service.verifier.health().fresh).toBe(true)
  const { status, headers, text } = await service.send('GET', '/metrics')
  expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  const metrics = metricsIn(text)
  expect(metrics).toEqual({
    project_keys_revocation_bound_seconds: 1,
    project_keys_revocation_slowest_seconds: expect.any(Number),
    project_keys_evidence_age_seconds: expect.any(Number),
    project_keys_evidence_fresh: 1,
    project_keys_evidence_stale: 0,
    project_keys_remembered_keys: 1,
    project_keys_unknown_keys: 0,
    project_keys_usage_written: 1,
    project_keys_limits_shared: 1,
  })
  for (const name of Object.keys(metrics))
    expect(text).toMatch(new RegExp(`^# HELP ${name} .+\n# TYPE ${name} gauge\n`, 'm'))
  expect(text.endsWith('\n')).toBe(true)
})

test('GET /metrics says of a database that never answered that its age is not a number', async () => {
  const { ask } = await serveFrom(NOWHERE)
  const { text } = await ask('GET', '/metrics')
  expect(text).toContain('\nproject_keys_evidence_age_seconds NaN\n')
  expect(text).toContain('\nproject_keys_evidence_fresh 0\n')
})
