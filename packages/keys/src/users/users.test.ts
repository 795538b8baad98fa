import { beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { createUserKey } from '../user-keys/user-keys.ts'
import { findByEmail, joinByMail, signUp, updateUser } from './users.ts'

const { db } = await freshDatabase()
const now = new Date('2026-05-01T12:00:00Z')
const after = (seconds: number) => new Date(now.getTime() + seconds * 1000)
const email = 'ada@example.com'
const ada = () => db.prisma.user.findUniqueOrThrow({ where: { email } })

beforeEach(async () => {
  await db.prisma.user.deleteMany()
})

describe('a sign-up', () => {
  test('makes one user of many at once for one address', async () => {
    await Promise.all(Array.from({ length: 12 }, (_, index) => signUp(db, { name: `Ada ${index}`, email, now })))
    expect(await db.prisma.user.count()).toBe(1)
  })

  test('gives a slug of their own to each of many of the same name at once', async () => {
    const emails = Array.from({ length: 8 }, (_, index) => `ada-${index}@example.com`)
    await Promise.all(emails.map((email) => signUp(db, { name: 'Ada', email, now })))
    const slugs = (await db.prisma.user.findMany()).map(({ slug }) => slug)
    expect(new Set(slugs).size).toBe(8)
    expect(slugs.filter((slug) => slug === 'ada')).toHaveLength(1)
  })

  test('changes nothing of a user who is there, whatever the name and the slug', async () => {
    await signUp(db, { name: 'Ada', email, now })
    const before = await ada()
    await signUp(db, { name: 'Eve', email, slug: 'ada', now: after(60) })
    await signUp(db, { name: 'Eve', email, slug: 'eve', now: after(60) })
    expect(await ada()).toEqual(before)
  })

  test('sends the database the same for every address and every slug: nothing tells which are known', async () => {
    await signUp(db, { name: 'Ada', email, now })
    const sent: string[] = []
    const watched = new Proxy(db.pool, {
      get: (pool, name) =>
        name === 'query'
          ? (query: { text: string; values: unknown[] }) => {
              sent.push(query.text)
              return pool.query(query)
            }
          : Reflect.get(pool, name),
    })
    for (const user of [
      { email, slug: 'ada' },
      { email, slug: 'eve' },
      { email: 'bob@example.com', slug: 'ada' },
    ]) {
      await signUp({ ...db, pool: watched }, { name: 'Ada', ...user, now })
    }
    expect(sent).toEqual([sent[0], sent[0], sent[0]])
  })
})

describe('joining by an invitation’s mail', () => {
  test('makes the account, named by its address where no name is given', async () => {
    expect(await joinByMail(db, { email, invited: now, now: after(60) })).toMatchObject({ name: 'ada', email })
    expect(await ada()).toMatchObject({ confirmed: after(60), emailSince: after(60) })
  })

  test('confirms an account that was there when the mail was sent, and leaves its name', async () => {
    await signUp(db, { name: 'Ada', email, now })
    expect(await joinByMail(db, { email, name: 'Eve', invited: now, now: after(60) })).toMatchObject({ name: 'Ada' })
    expect(await ada()).toMatchObject({ confirmed: after(60) })
  })

  test('is not into an account that is younger than the mail, which another may have been sent', async () => {
    await signUp(db, { name: 'Ada', email, now: after(60) })
    expect(await joinByMail(db, { email, invited: now, now: after(120) })).toBeNull()
    expect(await ada()).toMatchObject({ confirmed: null })
  })
})

describe('locking', () => {
  test('revokes for good also a key that was made in the moment of the lock', async () => {
    await signUp(db, { name: 'Owner', email: 'owner@localhost', now })
    await db.prisma.user.updateMany({ data: { admin: true } })
    await signUp(db, { name: 'Ada', email, now })
    const { uuid } = await ada()
    await updateUser(db, uuid, { locked: true, now })
    await createUserKey(db, { user: uuid, name: 'late', prefix: 'bencher', now })
    await updateUser(db, uuid, { locked: false, now: after(60) })
    expect(await db.prisma.userKey.findMany({ select: { revoked: true } })).toEqual([{ revoked: after(60) }])
    expect(await ada()).toMatchObject({ emailSince: after(60) })
  })

  test('leaves no token of the same second good, when the lock is short', async () => {
    await signUp(db, { name: 'Owner', email: 'owner@localhost', now })
    await db.prisma.user.updateMany({ data: { admin: true } })
    await signUp(db, { name: 'Ada', email, now })
    const { uuid } = await ada()
    await updateUser(db, uuid, { locked: true, now })
    await updateUser(db, uuid, { locked: false, now })
    expect(await ada()).toMatchObject({ emailSince: after(1) })
  })

  test('unlocking who is not locked ends nothing', async () => {
    await signUp(db, { name: 'Ada', email, now })
    const { uuid } = await ada()
    await createUserKey(db, { user: uuid, name: 'a', prefix: 'bencher', now })
    await updateUser(db, uuid, { locked: false, now: after(60) })
    expect(await ada()).toMatchObject({ emailSince: now })
    expect(await db.prisma.userKey.count({ where: { revoked: null } })).toBe(1)
  })

  test('of the last two admins by each other at once leaves one', async () => {
    for (const name of ['one', 'two']) await signUp(db, { name, email: `${name}@example.com`, now })
    await db.prisma.user.updateMany({ data: { admin: true } })
    const [one, two] = await db.prisma.user.findMany()
    const outcomes = await Promise.all([
      updateUser(db, one?.uuid ?? '', { locked: true, now }),
      updateUser(db, two?.uuid ?? '', { admin: false, now }),
    ])
    expect(outcomes.filter((outcome) => outcome === null)).toHaveLength(1)
    expect(await db.prisma.user.count({ where: { admin: true, locked: false } })).toBe(1)
    expect(await findByEmail(db, 'one@example.com')).not.toBeNull()
  })
})
