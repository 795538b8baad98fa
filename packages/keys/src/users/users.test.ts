import { beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { createUser } from '../../test/people.ts'
import { createUserKey } from '../user-keys/user-keys.ts'
import { addInvited, findByEmail, signUp, updateUser } from './users.ts'

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
    await Promise.all(Array.from({ length: 12 }, () => signUp(db, { email, now })))
    expect(await db.prisma.user.count()).toBe(1)
  })

  test('stores no name and no slug that somebody chose: it may be a stranger’s address', async () => {
    await signUp(db, { email, now })
    expect(await ada()).toMatchObject({ name: 'ada', slug: expect.stringMatching(/^ada-\w{6}$/), confirmed: null })
  })

  test('changes nothing of a user who is there', async () => {
    await createUser(db, { name: 'Ada', email, now })
    const before = await ada()
    await signUp(db, { email, now: after(60) })
    expect(await ada()).toEqual(before)
  })
})

test('a sign-up sends the database the same for every address: nothing reveals which are known', async () => {
  await createUser(db, { name: 'Ada', email, now })
  await signUp(db, { email: 'pending@example.com', now })
  const sent: string[] = []
  const prisma = new Proxy(db.prisma, {
    get: (client, name) =>
      name === '$executeRaw'
        ? (text: TemplateStringsArray, ...values: unknown[]) => {
            sent.push(text.join('?'))
            return client.$executeRaw(text, ...values)
          }
        : Reflect.get(client, name),
  })
  for (const email of ['ada@example.com', 'pending@example.com', 'new@example.com']) {
    await signUp({ ...db, prisma }, { email, now })
  }
  expect(sent).toEqual([sent[0], sent[0], sent[0]])
})

describe('an account by an invitation', () => {
  const joining = { email, name: 'Ada', slug: 'ada', now: after(60) }

  test('has the name and the slug that were asked for, or a slug that begins like it', async () => {
    expect(await addInvited(db, joining)).toMatchObject({ name: 'Ada', slug: 'ada', email })
    expect(await ada()).toMatchObject({ confirmed: after(60), emailSince: after(60) })
    const other = await addInvited(db, { ...joining, email: 'other@example.com' })
    expect(other?.slug).toMatch(/^ada-\w{6}$/)
  })

  test('takes the place of a sign-up that nobody has confirmed, and of what a stranger chose there', async () => {
    await signUp(db, { email, now })
    expect(await addInvited(db, joining)).toMatchObject({ name: 'Ada', slug: 'ada' })
    expect(await ada()).toMatchObject({ confirmed: after(60), emailSince: after(60) })
  })

  test('is not made for an address that has one, not even one that waits for its owner’s first sign-in', async () => {
    await createUser(db, { name: 'Ada', email, now })
    expect(await addInvited(db, joining)).toBeNull()
    await db.prisma.user.updateMany({ data: { confirmed: null, admin: true } })
    expect(await addInvited(db, joining)).toBeNull()
  })
})

describe('locking', () => {
  test('revokes for good also a key that was made in the moment of the lock', async () => {
    await createUser(db, { name: 'Owner', admin: true, now })
    await createUser(db, { name: 'Ada', email, now })
    const { uuid } = await ada()
    await updateUser(db, uuid, { locked: true, now })
    await createUserKey(db, { user: uuid, name: 'late', prefix: 'bencher', now })
    await updateUser(db, uuid, { locked: false, now: after(60) })
    expect(await db.prisma.userKey.findMany({ select: { revoked: true } })).toEqual([{ revoked: after(60) }])
    expect(await ada()).toMatchObject({ sessionsSince: after(60) })
  })

  test('leaves no token of the same second good, when the lock is short', async () => {
    await createUser(db, { name: 'Owner', admin: true, now })
    await createUser(db, { name: 'Ada', email, now })
    const { uuid } = await ada()
    await updateUser(db, uuid, { locked: true, now })
    await updateUser(db, uuid, { locked: false, now })
    expect(await ada()).toMatchObject({ sessionsSince: after(1) })
  })

  test('unlocking who is not locked ends nothing', async () => {
    await createUser(db, { name: 'Ada', email, now })
    const { uuid } = await ada()
    await createUserKey(db, { user: uuid, name: 'a', prefix: 'bencher', now })
    await updateUser(db, uuid, { locked: false, now: after(60) })
    expect(await ada()).toMatchObject({ sessionsSince: null })
    expect(await db.prisma.userKey.count({ where: { revoked: null } })).toBe(1)
  })

  test('of the last two admins by each other at once leaves one', async () => {
    for (const name of ['one', 'two']) await createUser(db, { name, admin: true, now })
    const [one, two] = await db.prisma.user.findMany()
    const outcomes = await Promise.all([
      updateUser(db, one?.uuid ?? '', { locked: true, now }),
      updateUser(db, two?.uuid ?? '', { admin: false, now }),
    ])
    expect(outcomes.filter((outcome) => 'refused' in outcome)).toHaveLength(1)
    expect(await db.prisma.user.count({ where: { admin: true, locked: false } })).toBe(1)
    expect(await findByEmail(db, 'one@example.com')).not.toBeNull()
  })
})
