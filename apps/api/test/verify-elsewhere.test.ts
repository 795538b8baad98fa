import { beforeAll, expect, test } from 'vitest'
import { expectAway, serveFrom, wayTo } from './second-process.ts'
import { startService } from './service.ts'
import { createKey, createProject, keyOf, type Person, type Project, signUp } from './world.ts'

const BOUND = 1000 // ms: what is promised

const service = await startService()
let ada: Person
let project: Project

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
})

type Process = Pick<Awaited<ReturnType<typeof serveFrom>>, 'ask'>

/** A key that this process has in memory. */
async function knownTo({ ask }: Process) {
  const key = await createKey(service, ada, project, { name: 'ci' })
  expect((await ask('GET', '/v0/verify', { token: key.key })).status).toBe(200)
  return key
}

/** Asks again and again; the first answer that is no yes. A yes to a call that began after the bound is a late one. */
async function firstNo({ ask }: Process, token: string) {
  const since = performance.now()
  for (;;) {
    const began = performance.now()
    const answer = await ask('GET', '/v0/verify', { token })
    if (answer.status !== 200) return answer
    expect(began - since).toBeLessThanOrEqual(BOUND)
  }
}

test('a key that another process revoked, or whose project it deleted, is a 401 within the bound', async () => {
  const other = await serveFrom(service.databaseUrl)
  const key = await knownTo(other)
  expect((await service.send('DELETE', keyOf(project, key), ada)).status).toBe(204)
  expect((await firstNo(other, key.key)).status).toBe(401)

  const gone = await createProject(service, ada)
  const { key: token } = await createKey(service, ada, gone, { name: 'a' })
  expect((await other.ask('GET', '/v0/verify', { token })).status).toBe(200)
  expect((await service.send('DELETE', `/v0/projects/${gone.slug}`, ada)).status).toBe(204)
  expect((await firstNo(other, token)).status).toBe(401)
})

test('with STALE_IF_DOWN known keys stay good for that long without the database, and each answer tells the age', async () => {
  const way = await wayTo(service.databaseUrl)
  const other = await serveFrom(way.url, { staleIfDown: 2 })
  const [kept, missed, unknown] = [
    await knownTo(other),
    await knownTo(other),
    await createKey(service, ada, project, { name: 'ci' }),
  ]
  const verify = ({ key: token }: { key: string }) => other.ask('GET', '/v0/verify', { token })
  const ageOf = ({ headers }: { headers: Headers }) => Number(headers.get('evidence-age') ?? Number.NaN)
  expect((await verify(kept)).headers.has('evidence-age')).toBe(false)

  const away = performance.now()
  await way.close()
  expect((await service.send('DELETE', keyOf(project, missed), ada)).status).toBe(204)
  expectAway(await verify(unknown))
  await expect.poll(async () => ageOf(await verify(kept)), { interval: 20 }).toBe(2)
  expect((await verify(missed)).status).toBe(200)
  expect((await other.ask('GET', '/health')).body).toMatchObject({
    status: 'stale',
    verification: { bound_ms: 3000, stale: true },
  })
  expect((await other.ask('GET', '/metrics')).text).toContain('project_keys_evidence_stale 1\n')
  await expect.poll(async () => (await verify(kept)).status, { interval: 20 }).toBe(503)
  expect(performance.now() - away).toBeGreaterThan(2000)
  expectAway(await other.ask('GET', '/health'))

  await way.open()
  await expect.poll(async () => (await verify(kept)).status).toBe(200)
  const back = await verify(missed)
  expect([back.status, back.headers.has('evidence-age')]).toEqual([401, false])
  await way.close()
})

test('without the database nothing is good for longer than the bound: 503 with Retry-After, then it goes on by itself', async () => {
  const way = await wayTo(service.databaseUrl)
  const other = await serveFrom(way.url)
  const [kept, revoked] = [await knownTo(other), await knownTo(other)]
  await way.close()
  expect((await service.send('DELETE', keyOf(project, revoked), ada)).status).toBe(204)
  expectAway(await firstNo(other, revoked.key))
  expectAway(await other.ask('GET', '/v0/verify', { token: kept.key }))
  expectAway(await other.ask('GET', '/v0/verify?project=NO-SLUG', { token: kept.key }))
  expect((await other.ask('GET', '/v0/verify')).status).toBe(401)
  await way.open()
  const statusOf = async ({ key: token }: { key: string }) => (await other.ask('GET', '/v0/verify', { token })).status
  await expect.poll(() => statusOf(kept)).toBe(200)
  expect(await statusOf(revoked)).toBe(401)
  await way.close()
})
