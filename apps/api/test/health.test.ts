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

test('GET /metrics says of a database that never answered that its age is not a number', async () => {
  const { ask } = await serveFrom(NOWHERE)
  const { text } = await ask('GET', '/metrics')
  expect(text).toContain('\nproject_keys_evidence_age_seconds Nan\n')
  expect(text).toContain('\nproject_keys_evidence_fresh 0\n')
})
