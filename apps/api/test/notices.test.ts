import { appRouter, createCallerFactory, type Mail } from '@project-keys/keys'
import { beforeEach, describe, expect, test } from 'vitest'
import { START, startService } from './service.ts'
import { addMember, createKey, createProject, keyOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
const { prisma } = service.db
const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR
/** At the first minute of a day. */
const DAY_ONE = new Date('2026-06-01T00:01:00Z')
/** At which the keys end. */
const NOON = new Date('2026-06-01T12:00:00Z')
const after = (ms: number, from = DAY_ONE) => new Date(from.getTime() + ms)

let leader: Person
let maintainer: Person
let project: Project

beforeEach(async () => {
  leader = await signUp(service, 'Leader')
  project = await createProject(service, leader)
  maintainer = await addMember(service, project, 'maintainer')
})

/** A key that the leader made at the start, that was used a day before the first, and that ends so many days after it. */
async function usedKey(name: string, days: number, { at = project, by = leader, lastUsed = after(-DAY) } = {}) {
  const ttl = (after(days * DAY, NOON).getTime() - START.getTime()) / 1000
  const key = await createKey(service, by, at, { name, ttl })
  await prisma.projectKeyUse.create({ data: { key: key.uuid, lastUsed } })
  return key
}

const createCaller = createCallerFactory(appRouter)
const workerAt = (now: Date, deliver = service.deliver) =>
  createCaller({
    ...service,
    ...{ deliver, now, send: () => {}, document: () => ({}), requestId: '', authorization: undefined },
    ...{ address: '', params: null, headers: {}, worker: true },
  })

/** Lets the worker tell at this time; returns the mails to the people of the test, the failed ones too. */
async function tell(now: Date, deliver: (mail: Mail) => Promise<boolean> = async () => true) {
  const mails: Mail[] = []
  const record = async (mail: Mail) => {
    mails.push(mail)
    return deliver(mail)
  }
  await workerAt(now, record).maintenance.tellEnds()
  return mails
}

const toldTo = (mails: Mail[], { email }: Person) => mails.filter(({ to }) => to === email)
/** The names of the keys in the mails to a person, one text for each mail. */
const namesTo = (mails: Mail[], person: Person) =>
  toldTo(mails, person).map(({ text }) => [...text.matchAll(/^- (\S+) \(/gm)].map(([, name]) => name).join())

describe('before a key ends', () => {
  test('the maintainers of its project and its maker get one mail for all keys of the project, and nobody else', async () => {
    const others = [await addMember(service, project, 'developer'), await addMember(service, project, 'viewer')]
    await prisma.projectMember.deleteMany({ where: { user: leader.uuid } })
    await usedKey('b', 7)
    await usedKey('a', 1)
    await usedKey('made-by-maintainer', 30, { by: maintainer })
    const mails = await tell(DAY_ONE)
    expect(namesTo(mails, maintainer)).toEqual(['a,b,made-by-maintainer'])
    expect(namesTo(mails, leader)).toEqual(['a,b'])
    expect(others.flatMap((person) => toldTo(mails, person))).toEqual([])
  })

  test('it is told 30, 7 and 1 days before, once each, by a worker that asks each hour', async () => {
    await usedKey('ci', 33)
    const told: number[] = []
    for (let hour = 0; hour < 34 * 24; hour += 4) {
      const now = after(hour * HOUR)
      await prisma.projectKeyUse.updateMany({ data: { lastUsed: now } })
      if (toldTo(await tell(now), maintainer).length > 0) told.push(33 - Math.floor(hour / 24))
    }
    expect(told).toEqual([30, 7, 1])
  })

  test('it is told only if it was used within 30 days', async () => {
    await usedKey('used', 7, { lastUsed: after(-30 * DAY) })
    await usedKey('idle', 7, { lastUsed: after(-30 * DAY - 1000) })
    const never = await createKey(service, leader, project, { name: 'never', ttl: 37 * 24 * 3600 })
    expect(never.expiration < '2026-06-09').toBe(true)
    expect(namesTo(await tell(DAY_ONE), maintainer)).toEqual(['used'])
  })

  test('it is told if only the old secret of its rotation is in use', async () => {
    const { uuid: key } = await usedKey('rotated', 7, { lastUsed: after(-31 * DAY) })
    const times = { started: after(-DAY), ends: after(DAY), last_used: after(-HOUR) }
    await prisma.projectKeyRotation.create({
      data: { key, hash: Buffer.alloc(32, key), last_four: 'abcd', grace: 0, ...times },
    })
    expect(namesTo(await tell(DAY_ONE), maintainer)).toEqual(['rotated'])
  })

  test('it is not told if it was revoked, has expired, or its project was deleted', async () => {
    const revoked = await usedKey('revoked', 7)
    await service.send('DELETE', keyOf(project, revoked), leader)
    await usedKey('expired', -1)
    await usedKey('alive', 7)
    expect(namesTo(await tell(DAY_ONE), maintainer)).toEqual(['alive'])
    await usedKey('late', 8)
    await prisma.$executeRaw`UPDATE projects SET deleted = ${DAY_ONE} WHERE uuid = ${project.uuid}::uuid`
    expect(toldTo(await tell(after(DAY)), maintainer)).toEqual([])
  })

  test('a key whose life is shorter is not told at its birth, but at the next of these days', async () => {
    service.clock.now = after(-HOUR)
    const key = await createKey(service, { token: service.tokenOf(leader.email) }, project, {
      name: 'short',
      ttl: 5 * 24 * 3600,
    })
    service.clock.now = START
    await prisma.projectKeyUse.create({ data: { key: key.uuid, lastUsed: DAY_ONE } })
    const days: number[] = []
    for (let day = 0; day < 6; day++) if (toldTo(await tell(after(day * DAY)), maintainer).length > 0) days.push(day)
    expect(days).toEqual([3])
  })
})

describe('a mail about keys that end', () => {
  test('links to the page of the key, or to the list, and opening a link changes nothing', async () => {
    const { uuid } = await usedKey('ci', 1)
    const [one] = toldTo(await tell(DAY_ONE), leader)
    expect(one).toMatchObject({
      subject: `A key of ${project.slug} ends soon`,
      url: `${service.consoleUrl}/projects/${project.slug}/keys/${uuid}`,
    })
    expect(one?.text).toContain('ends tomorrow, on 2026-06-02 at 12:00 UTC')
    await usedKey('other', 8)
    await usedKey('third', 8)
    const [more] = toldTo(await tell(after(DAY)), leader)
    expect(more).toMatchObject({
      subject: `2 keys of ${project.slug} end soon`,
      url: `${service.consoleUrl}/projects/${project.slug}/keys?sort=expiration`,
    })
    expect(`${one?.text}${more?.html}`).not.toMatch(/token=/)
  })

  test('names 20 keys at most, and says of how many', async () => {
    for (let n = 10; n < 32; n++) await usedKey(`key-${n}`, 7)
    const mails = await tell(DAY_ONE)
    expect(namesTo(mails, maintainer)[0]?.split(',')).toHaveLength(20)
    expect(toldTo(mails, maintainer)[0]?.text).toContain('The first 20 of 22:')
    expect(toldTo(await tell(after(DAY)), maintainer)).toEqual([])
  })

  test('comes once a day for each project: what is due later on that day is told on the next', async () => {
    await usedKey('first', 7)
    const second = await createProject(service, leader)
    await usedKey('in-second', 7, { at: second })
    expect(namesTo(await tell(DAY_ONE), leader).sort()).toEqual(['first', 'in-second'])
    await usedKey('second', 7)
    expect(toldTo(await tell(after(23 * HOUR)), leader)).toEqual([])
    expect(namesTo(await tell(after(DAY)), leader)).toEqual(['second'])
  })

  test('tells all after a week off, once, and only what is still true', async () => {
    const renewed = await usedKey('renewed', 8)
    await usedKey('was-thirty', 36)
    await usedKey('was-seven', 8)
    await usedKey('is-over', 5)
    await tell(after(-DAY))
    const now = after(7 * DAY)
    await prisma.projectKeyUse.updateMany({ data: { lastUsed: now } })
    await prisma.$executeRaw`UPDATE project_keys SET expiration = ${after(400 * DAY)} WHERE uuid = ${renewed.uuid}::uuid`
    expect(namesTo(await tell(now), maintainer)).toEqual(['was-seven,was-thirty'])
    expect(toldTo(await tell(after(HOUR, now)), maintainer)).toEqual([])
    expect(toldTo(await tell(after(DAY, now)), maintainer)).toEqual([])
  })

  test('that fails stops no other, and is tried again in the next hour, to that address alone', async () => {
    await usedKey('ci', 7)
    await usedKey('in-second', 7, { at: await createProject(service, leader) })
    const fails = async ({ to }: Mail) => to !== leader.email
    const first = await tell(DAY_ONE, fails)
    expect([toldTo(first, leader).length, toldTo(first, maintainer).length]).toEqual([2, 1])
    const next = await tell(after(HOUR))
    expect([toldTo(next, leader).length, toldTo(next, maintainer).length]).toEqual([2, 0])
    expect(toldTo(await tell(after(2 * HOUR)), leader)).toEqual([])
  })

  test('is sent by one of several processes at once', async () => {
    await usedKey('ci', 7)
    const all = await Promise.all(Array.from({ length: 4 }, () => tell(DAY_ONE)))
    expect(toldTo(all.flat(), maintainer)).toHaveLength(1)
  })

  test('tells what is true when it is sent: no key that was revoked, and nobody who left, meanwhile', async () => {
    await usedKey('stays', 7)
    const gone = await usedKey('goes', 7)
    const leaving = await addMember(service, project, 'maintainer')
    const people = [leader, maintainer, leaving].map(({ email }) => email)
    let first = ''
    const mails = await tell(DAY_ONE, async ({ to }) => {
      if (first || !people.includes(to)) return true
      first = to
      await service.send('DELETE', keyOf(project, gone), leader)
      await prisma.projectMember.deleteMany({ where: { project: project.uuid, role: 'maintainer' } })
      return true
    })
    const later = mails.filter(({ to }) => people.includes(to) && to !== first)
    expect(later.filter(({ text }) => text.includes('- goes'))).toEqual([])
    expect(later.filter(({ to }) => to !== leader.email)).toEqual([])
  })
})

describe('a renewal', () => {
  test('makes the days before the new end due again, and those before the old one no longer', async () => {
    const { uuid } = await usedKey('ci', 7)
    expect(namesTo(await tell(DAY_ONE), maintainer)).toEqual(['ci'])
    const ends = after(27 * DAY, NOON)
    service.clock.now = DAY_ONE
    const token = service.tokenOf(leader.email)
    const renewed = await service.send('PATCH', keyOf(project, { uuid }), {
      token,
      body: { expiration: ends.toISOString().replace('.000', '') },
    })
    service.clock.now = START
    expect(renewed.status).toBe(200)
    const days: number[] = []
    for (let day = 1; day < 28; day++)
      if (toldTo(await tell(after(day * DAY)), maintainer).length > 0) days.push(27 - day)
    expect(days).toEqual([7, 1])
  })
})

describe('nobody is told', () => {
  test('who switched these mails off, by PATCH on the user, until they are on again', async () => {
    await usedKey('ci', 7)
    const path = `/v0/users/${maintainer.uuid}`
    const set = (expiration_mails: unknown) =>
      service.send('PATCH', path, { ...maintainer, body: { expiration_mails } })
    const off = await set(false)
    expect([off.status, off.body]).toMatchObject([200, { uuid: maintainer.uuid, expiration_mails: false }])
    expect((await service.send('GET', path, maintainer)).body).toMatchObject({ expiration_mails: false })
    expect(toldTo(await tell(DAY_ONE), maintainer)).toEqual([])
    for (const wrong of ['no', 0, []]) expect((await set(wrong)).status).toBe(400)
    expect((await set(true)).body).not.toHaveProperty('expiration_mails')
    expect((await service.send('GET', path, maintainer)).body).not.toHaveProperty('expiration_mails')
    expect(namesTo(await tell(after(HOUR)), maintainer)).toEqual(['ci'])
  })

  test('who may no longer manage the keys: a maker who left, or somebody who is locked', async () => {
    await usedKey('ci', 7)
    await prisma.organizationMember.deleteMany({ where: { user: leader.uuid } })
    await prisma.projectMember.deleteMany({ where: { user: leader.uuid } })
    await service.send('PATCH', `/v0/users/${maintainer.uuid}`, { ...service.admin, body: { locked: true } })
    const mails = await tell(DAY_ONE)
    expect([leader, maintainer].flatMap((person) => toldTo(mails, person))).toEqual([])
  })

  test('by a request: only the worker may call it', async () => {
    for (const { token } of [service.admin, leader]) {
      expect((await service.send('POST', '/trpc/maintenance.tellEnds', { token, body: {} })).status).toBe(403)
    }
  })
})

test('what was told is forgotten when its end is over', async () => {
  await usedKey('ci', 7)
  await tell(DAY_ONE)
  const count = () => prisma.expirationNotice.count({ where: { user: maintainer.uuid } })
  const sweepAt = (now: Date) => workerAt(now).maintenance.sweep()
  await sweepAt(after(7 * DAY))
  expect(await count()).toBe(1)
  await sweepAt(after(8 * DAY))
  expect(await count()).toBe(0)
})
