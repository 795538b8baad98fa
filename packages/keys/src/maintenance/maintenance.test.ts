import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createVerifier } from '@project-keys/verify'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { execute, freshDatabase } from '../../test/database.ts'
import { createKey } from '../project-keys/project-keys.ts'
import { firstRun } from '../server/first-run.ts'
import { createUserKey } from '../user-keys/user-keys.ts'
import { sweep } from './maintenance.ts'

const { db, url } = await freshDatabase()
const verifier = createVerifier({ pool: db.pool })
afterAll(verifier.close)
const now = new Date('2026-05-01T12:00:00Z')
const ago = (hours: number) => new Date(now.getTime() - hours * 60 * 60 * 1000)

const spentToken = (expiration: Date) => db.prisma.spentToken.create({ data: { hash: randomBytes(32), expiration } })
const signUp = (name: string, created: Date, confirmed: Date | null = null) => {
  const data = { uuid: randomUUID(), name, slug: name, email: `${name}@example.com`, emailSince: created }
  return db.prisma.user.create({ data: { ...data, created, modified: created, confirmed } })
}

beforeEach(async () => {
  await db.pool.query('TRUNCATE users, spent_tokens, organizations, projects CASCADE')
  await spentToken(ago(1))
  await signUp('pending-for-long', ago(25))
})

/** The owner and the project of a first run long ago, alone in the database. */
async function firstPeople() {
  await db.prisma.user.deleteMany()
  await firstRun(db, { ownerEmail: 'owner@localhost', now: ago(1000) })
  const [owner] = await db.prisma.user.findMany()
  const [project] = await db.prisma.project.findMany()
  if (!owner || !project) throw new Error('The first run made no owner, or no project.')
  return { owner: owner.uuid, project: project.uuid }
}

describe('the sweep', () => {
  test('removes expired used tokens, and sign-ups that were not confirmed within a day', async () => {
    await spentToken(ago(-1))
    await signUp('pending', ago(23))
    await signUp('confirmed', ago(25), ago(24))
    expect(await sweep(db, now)).toMatchObject({ tokens: 1, signUps: 1 })
    expect(await db.prisma.spentToken.count()).toBe(1)
    expect((await db.prisma.user.findMany({ orderBy: { name: 'asc' } })).map(({ name }) => name)).toEqual([
      'confirmed',
      'pending',
    ])
    expect(await sweep(db, now)).toMatchObject({ tokens: 0, signUps: 0 })
  })

  test('never removes the owner, because the first sign-in may come a year later', async () => {
    await db.prisma.user.deleteMany()
    await firstRun(db, { ownerEmail: 'owner@localhost', now: ago(1000) })
    expect(await sweep(db, now)).toMatchObject({ signUps: 0 })
  })

  test('never removes a key, however long ago it expired or was revoked, nor a user who has one', async () => {
    const { owner, project } = await firstPeople()
    const old = { name: 'old', ttl: 1, prefix: 'a', now: ago(900) }
    const { uuid } = await createKey({ db, verifier }, { ...old, project, creator: owner })
    await createUserKey(db, { ...old, user: (await signUp('imported', ago(1000))).uuid })
    await db.prisma.projectKey.update({ where: { uuid }, data: { revoked: ago(800) } })
    expect(await sweep(db, now)).toMatchObject({ signUps: 0 })
    expect([await db.prisma.projectKey.count(), await db.prisma.userKey.count()]).toEqual([1, 1])
  })

  test('keeps the calls of the 30 days that are shown, and no others', async () => {
    const { owner, project } = await firstPeople()
    const old = { name: 'old', prefix: 'a', now: ago(900) }
    const { uuid: key } = await createKey({ db, verifier }, { ...old, project, creator: owner })
    const day = (days: number) => new Date(ago(days * 24).setUTCHours(0, 0, 0, 0))
    await db.prisma.projectKeyCalls.createMany({
      data: [0, 29, 31].map((days) => ({ key, day: day(days), calls: 1n })),
    })
    expect(await sweep(db, now)).toMatchObject({ usage: 1 })
    const kept = await db.prisma.projectKeyCalls.findMany({ orderBy: { day: 'asc' } })
    expect(kept.map((calls) => calls.day)).toEqual([day(29), day(0)])
  })

  test('removes the remembered answers of more than a day ago', async () => {
    const bytes = { body: Buffer.alloc(32), salt: Buffer.alloc(32), hash: Buffer.alloc(32) }
    await db.prisma.rememberedAnswer.createMany({
      data: [23, 24].map((hours) => ({ ...bytes, call: Buffer.alloc(32, hours), answer: {}, made: ago(hours) })),
    })
    await sweep(db, now)
    expect(await db.prisma.rememberedAnswer.findMany({ select: { made: true } })).toEqual([{ made: ago(23) }])
  })

  test('runs in one of many processes: the others skip it', async () => {
    const locker = await db.pool.connect()
    await locker.query('BEGIN; SELECT FROM users FOR UPDATE')
    const first = sweep(db, now)
    await expect.poll(isSweeping).toBe(true)
    expect(await Promise.all([sweep(db, now), sweep(db, now)])).toEqual([null, null])
    await locker.query('ROLLBACK')
    locker.release()
    expect(await first).toMatchObject({ tokens: 1, signUps: 1 })
  })

  test('that is killed in the middle has removed nothing, and the next one removes everything', async () => {
    const locker = await db.pool.connect()
    await locker.query('BEGIN; SELECT FROM users FOR UPDATE')
    const script = join(import.meta.dirname, 'sweep.fixture.ts')
    const child = spawn(process.execPath, [script, url, now.toISOString()], { stdio: ['ignore', 'ignore', 'inherit'] })
    await expect.poll(isSweeping).toBe(true)
    child.kill('SIGKILL')
    await once(child, 'close')
    await locker.query('ROLLBACK')
    locker.release()
    await expect.poll(() => sweep(db, now)).toMatchObject({ tokens: 1, signUps: 1 })
  })
})

/** Whether a sweep is waiting for the locked sign-ups. */
async function isSweeping() {
  const text = `SELECT count(*)::int AS waiting FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'DELETE FROM "public"."users"%'`
  return (await execute(url, text))[0]?.waiting === 1
}
