import { beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { signUp } from '../users/users.ts'
import { confirm, endSession, readLink, signInLink } from './auth.ts'
import { identify } from './identify.ts'
import { createTokens } from './token.ts'

const { db } = await freshDatabase()
const tokens = createTokens({ secret: 'a secret of the tests', issuer: 'http://localhost:3000/' })
const now = new Date('2026-05-01T12:00:00Z')
const after = (seconds: number) => new Date(now.getTime() + seconds * 1000)
const email = 'ada@example.com'
const call = { db, tokens, now }
const link = (at = now) => {
  const url = signInLink({ tokens, consoleUrl: 'http://localhost:3000', email, now: at })
  return new URL(url).searchParams.get('token') ?? ''
}

beforeEach(async () => {
  await db.prisma.user.deleteMany()
  await signUp(db, { name: 'Ada', email, now })
})

describe('a sign-in link', () => {
  test('signs in once, and confirms the account', async () => {
    const token = link()
    const session = await confirm(call, token)
    expect(session).toMatchObject({
      user: { email, name: 'Ada', admin: false },
      creation: now,
      expiration: after(30 * 24 * 60 * 60),
    })
    expect(await confirm(call, token)).toBeNull()
    expect(await db.prisma.user.findUnique({ where: { email } })).toMatchObject({ confirmed: now })
  })

  test('signs in one of many at once', async () => {
    const token = link()
    const sessions = await Promise.all(Array.from({ length: 8 }, () => confirm(call, token)))
    expect(sessions.filter((session) => session !== null)).toHaveLength(1)
  })

  test('can be looked at without being used up', async () => {
    const token = link()
    expect(await readLink(call, token)).toEqual({ email, name: 'Ada' })
    expect(await readLink(call, token)).toEqual({ email, name: 'Ada' })
    expect(await confirm(call, token)).not.toBeNull()
    expect(await readLink(call, token)).toBeNull()
  })

  test('is good for 30 minutes', async () => {
    const token = link()
    expect(await readLink({ ...call, now: after(30 * 60 - 1) }, token)).not.toBeNull()
    expect(await readLink({ ...call, now: after(30 * 60) }, token)).toBeNull()
    expect(await confirm({ ...call, now: after(30 * 60) }, token)).toBeNull()
  })

  test('is no good when it is older than the account, of another kind, or of a locked user', async () => {
    const session = tokens.sign({ audience: 'client', email, now, ttl: 60 })
    for (const token of [link(after(-1)), session, `${link()}x`, 'x']) {
      expect(await readLink(call, token)).toBeNull()
      expect(await confirm(call, token)).toBeNull()
    }
    await db.prisma.user.updateMany({ data: { locked: true } })
    expect(await confirm(call, link())).toBeNull()
  })

  test('keeps the time of the first confirmation', async () => {
    await confirm(call, link())
    await confirm({ ...call, now: after(60) }, link(after(60)))
    expect(await db.prisma.user.findUnique({ where: { email } })).toMatchObject({ confirmed: now })
  })
})

describe('a session', () => {
  const who = (token: string) => identify(`Bearer ${token}`, { ...call, target: { project: null, organization: null } })

  test('that was ended is refused, and ending it twice is no fault', async () => {
    const token = (await confirm(call, link()))?.token ?? ''
    expect(await who(token)).toMatchObject({ caller: { kind: 'user', by: 'session', user: { email } } })
    const claims = tokens.read(token, ['client'], now)
    if (!claims) throw new Error('The session can not be read.')
    await endSession(db, token, claims)
    await endSession(db, token, claims)
    expect(await who(token)).toHaveProperty('refused')
  })
})
