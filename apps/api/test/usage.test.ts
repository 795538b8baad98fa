import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { serveFrom } from './second-process.ts'
import { startService } from './service.ts'
import { createKey, createProject, keyOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project
let key: Awaited<ReturnType<typeof createKey>>

const NOON = new Date(new Date().setUTCHours(0, 0, 0, 0) - 12 * 60 * 60 * 1000) // yesterday's: no use is later than now
const after = (seconds: number) => new Date(NOON.getTime() + seconds * 1000)
const dayOf = (time: Date) => time.toISOString().slice(0, 10)
const minuteOf = (time: Date) => `${time.toISOString().slice(0, 16)}:00Z`

beforeAll(async () => {
  service.clock.now = NOON
  ada = await signUp(service)
  project = await createProject(service, ada)
})
beforeEach(async () => {
  service.clock.now = NOON
  key = await createKey(service, ada, project, { name: 'ci' })
})

/** A process that is asked about the key so often, at one time, and ends. */
async function use(time: Date, { calls = 1, from }: { calls?: number; from?: string } = {}) {
  const { ask, verifier } = await serveFrom(service.databaseUrl, { time, trustedProxies: ['127.0.0.1'] })
  const headers = from ? { 'x-forwarded-for': from } : {}
  for (let call = 0; call < calls; call++) {
    expect((await ask('GET', '/v0/verify', { token: key.key, headers })).status).toBe(200)
  }
  await verifier.close()
}

const Usage = z.strictObject({
  last_used: z.string().nullable(),
  address: z.string().nullable(),
  days: z.array(z.strictObject({ day: z.string(), calls: z.int() })),
})
const usageOf = async (uuid = key.uuid) =>
  Usage.parse((await service.send('GET', `${keyOf(project, { uuid })}/usage`, ada)).body)

describe('GET /v0/projects/{project}/keys/{key}/usage', () => {
  test('tells any number of calls that JSON can hold, and the largest of those for more', async () => {
    const write = (calls: bigint) =>
      service.db.prisma.projectKeyCalls.upsert({
        where: { key_day: { key: key.uuid, day: new Date(dayOf(NOON)) } },
        create: { key: key.uuid, day: new Date(dayOf(NOON)), calls },
        update: { calls },
      })
    await write(3_000_000_000n)
    expect((await usageOf()).days.at(-1)).toEqual({ day: dayOf(NOON), calls: 3_000_000_000 })
    await write(9_223_372_036_854_775_807n)
    expect((await usageOf()).days.at(-1)).toEqual({ day: dayOf(NOON), calls: Number.MAX_SAFE_INTEGER })
  })

  test('answers 200 with nothing but the last 30 days for a key that was never used', async () => {
    const { last_used, address, days } = await usageOf()
    expect([last_used, address, days.length]).toEqual([null, null, 30])
    expect(days.map(({ calls }) => calls)).toEqual(Array(30).fill(0))
    const ago = (count: number) => dayOf(after(-count * 24 * 60 * 60))
    expect(days.map(({ day }) => day)).toEqual(Array.from({ length: 30 }, (_, n) => ago(29 - n)))
  })

  test('says when the key was last used, to the minute, from where, and how often a day', async () => {
    const [yesterday, today] = [after(-24 * 60 * 60 + 59), after(12 * 60 + 34)]
    await use(yesterday, { calls: 2, from: '192.0.2.1' })
    await use(today, { calls: 3, from: '2001:db8::1' })
    const { last_used, address, days } = await usageOf()
    expect([last_used, address]).toEqual([minuteOf(today), '2001:db8::1'])
    expect(days.slice(-3).map(({ calls }) => calls)).toEqual([0, 2, 3])
  })

  test('adds up what several processes saw, and goes only forward', async () => {
    await Promise.all([
      use(after(600), { calls: 2, from: '192.0.2.2' }),
      use(after(0), { calls: 3, from: '192.0.2.3' }),
      use(after(-3600), { calls: 4, from: '192.0.2.4' }),
    ])
    await use(after(60), { from: '192.0.2.5' })
    const { last_used, address, days } = await usageOf()
    expect([last_used, address]).toEqual([minuteOf(after(600)), '192.0.2.2'])
    expect(days.at(-1)).toEqual({ day: dayOf(NOON), calls: 10 })
  })

  test('counts a project that was opened by the key, and no call that was refused', async () => {
    const { ask, verifier } = await serveFrom(service.databaseUrl, { time: NOON })
    const token = key.key
    expect((await ask('GET', `/v0/projects/${project.slug}`, { token })).status).toBe(200)
    expect((await ask('GET', '/v0/verify?project=nowhere', { token })).status).toBe(403)
    await service.send('DELETE', keyOf(project, key), ada)
    await expect.poll(async () => (await ask('GET', '/v0/verify', { token })).status).toBe(401)
    const calls = (await usageCalls()) + 1
    await verifier.close()
    expect(await usageCalls()).toBeGreaterThanOrEqual(calls)
    await ask('GET', '/v0/verify', { token })
    expect((await usageOf()).last_used).toBe(minuteOf(NOON))
  })

  test('is for who may manage keys, and a 404 for a key that the project has not', async () => {
    const path = `${keyOf(project, key)}/usage`
    expect((await service.send('GET', path)).status).toBe(401)
    expect((await service.send('GET', path, await signUp(service))).status).toBe(403)
    expect((await service.send('GET', path, { token: key.key })).status).toBe(403)
    const other = await createProject(service, ada)
    const elsewhere = await service.send('GET', `${keyOf(other, key)}/usage`, ada)
    const unknown = await service.send('GET', `${keyOf(other, { uuid: other.uuid })}/usage`, ada)
    for (const { status, body } of [elsewhere, unknown]) {
      expect([status, body]).toEqual([
        404,
        { request_id: expect.any(String), message: 'The project has no such key.', error_code: 'key_not_found' },
      ])
    }
    expect((await service.send('GET', `${keyOf(project, { uuid: 'x' })}/usage`, ada)).status).toBe(400)
  })
})

test('the console reads the last 14 days of all keys on a page at once, and of no key of another project', async () => {
  const [unused, other] = [
    await createKey(service, ada, project, { name: 'unused' }),
    await createProject(service, ada),
  ]
  const foreign = await createKey(service, ada, other, { name: 'foreign' })
  const write = (uuid: string, ago: number, calls: bigint) =>
    service.db.prisma.projectKeyCalls.create({
      data: { key: uuid, day: new Date(dayOf(after(-ago * 24 * 60 * 60))), calls },
    })
  await Promise.all([
    ...[write(key.uuid, 0, 5n), write(key.uuid, 13, 9_223_372_036_854_775_807n), write(key.uuid, 14, 1n)],
    write(foreign.uuid, 0, 1n),
  ])
  const keys = [unused, key, foreign].map(({ uuid }) => uuid)
  const input = encodeURIComponent(JSON.stringify({ project: project.slug, keys }))
  const { body } = await service.send('GET', `/trpc/verification.recentUsage?input=${input}`, ada)
  const calls = [Number.MAX_SAFE_INTEGER, ...Array(12).fill(0), 5]
  expect(body).toEqual({ result: { data: [{ uuid: key.uuid, calls }] } })
})

test('what the console shows of a key holds its last use', async () => {
  await use(after(90), { from: '192.0.2.6' })
  const show = async (name: string, input: object) => {
    const query = encodeURIComponent(JSON.stringify(input))
    return JSON.parse((await service.send('GET', `/trpc/projectKeys.${name}?input=${query}`, ada)).text).result.data
  }
  const last_used = minuteOf(after(90))
  const page = await show('page', { project: project.slug, per_page: 255 })
  expect(page.keys).toContainEqual(expect.objectContaining({ uuid: key.uuid, last_used }))
  const details = await show('details', { project: project.slug, key: key.uuid })
  expect(details).toMatchObject({ last_used, address: '192.0.2.6' })
})

const usageCalls = async () => (await usageOf()).days.at(-1)?.calls ?? 0
