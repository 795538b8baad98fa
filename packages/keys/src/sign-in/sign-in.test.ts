import { beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { createUser } from '../../test/people.ts'
import { identify } from '../callers/identify.ts'
import { newAddressLink, signInLink, signUpLink } from '../callers/links.ts'
import { createTokens } from '../callers/token.ts'
import { createSecrets } from '../secrets/secrets.ts'
import { signUp as noteSignUp } from '../users/users.ts'
import { confirm, endSession, readLink } from './sign-in.ts'

const { db } = await freshDatabase()
const tokens = createTokens({ secrets: createSecrets('a secret of the tests'), issuer: 'http://localhost:3000/' })
const now = new Date('2026-05-01T12:00:00Z')
const after = (seconds: number) => new Date(now.getTime() + seconds * 1000)
const email = 'ada@example.com'
const call = { db, tokens, now }
const consoleUrl = 'http://localhost:3000'
const tokenIn = (url: string) => new URL(url).searchParams.get('token') ?? ''
const signUp = { name: 'Ada', slug: 'ada' }
/** The link of a sign-up as Ada. */
const link = (at = now) => tokenIn(signUpLink({ tokens, consoleUrl, email, now: at, signUp }))

/** The same token, its signature written otherwise: the last letter of its base64 has two bits that mean nothing. */
function rewritten(token: string) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return token.slice(0, -1) + letters.charAt(letters.indexOf(token.slice(-1)) ^ 1)
}

beforeEach(async () => {
  await db.prisma.user.deleteMany()
  await noteSignUp(db, { email, now })
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

  test('that was used is used however its signature is written', async () => {
    const token = link()
    expect(tokens.read(rewritten(token), ['auth'], now)).toMatchObject({ email })
    expect(await confirm(call, token)).not.toBeNull()
    expect(await readLink(call, rewritten(token))).toBeNull()
    expect(await confirm(call, rewritten(token))).toBeNull()
  })

  test('signs in one of many at once', async () => {
    const token = link()
    const sessions = await Promise.all(Array.from({ length: 8 }, () => confirm(call, token)))
    expect(sessions.filter((session) => session !== null)).toHaveLength(1)
  })

  test('can be looked at without being used up', async () => {
    const token = link()
    expect(await readLink(call, token)).toEqual({ email, name: 'Ada', path: null })
    expect(await readLink(call, token)).toEqual({ email, name: 'Ada', path: null })
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

  test('names the account as the sign-up that it was mailed for, whatever a stranger signed up before or after', async () => {
    const stranger = { name: 'Idiot', slug: 'idiot' }
    const theirs = tokenIn(signUpLink({ tokens, consoleUrl, email, now, signUp: stranger }))
    await noteSignUp(db, { email, now })
    expect(await readLink(call, theirs)).toEqual({ email, name: 'Idiot', path: null })
    expect(await readLink(call, link())).toEqual({ email, name: 'Ada', path: null })
    expect(await confirm(call, link())).toMatchObject({ user: { name: 'Ada', slug: 'ada' } })
    expect(await confirm(call, theirs)).toMatchObject({ user: { name: 'Ada', slug: 'ada' } })
  })

  test('that nobody signed up by names the account after its address', async () => {
    const plain = tokenIn(signInLink({ tokens, consoleUrl, email, now }))
    expect(await confirm(call, plain)).toMatchObject({
      user: { name: 'ada', slug: expect.stringMatching(/^ada-\w{6}$/) },
    })
  })

  test('gives a slug of their own to each of many who want the same at once', async () => {
    const links = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const email = `ada-${index}@example.com`
        await noteSignUp(db, { email, now })
        return tokenIn(signUpLink({ tokens, consoleUrl, email, now, signUp }))
      }),
    )
    const sessions = await Promise.all(links.map((token) => confirm(call, token)))
    const slugs = sessions.map((session) => session?.user.slug ?? '')
    expect(new Set(slugs).size).toBe(8)
    expect(slugs.filter((slug) => slug === 'ada')).toHaveLength(1)
    expect(slugs.filter((slug) => /^ada(-\w{6})?$/.test(slug))).toHaveLength(8)
  })

  test('keeps the time of the first confirmation', async () => {
    await confirm(call, link())
    await confirm({ ...call, now: after(60) }, link(after(60)))
    expect(await db.prisma.user.findUnique({ where: { email } })).toMatchObject({ confirmed: now })
  })
})

describe('a session', () => {
  const target = { project: null, organization: null }
  const who = (token: string) => identify(`Bearer ${token}`, { ...call, target, from: {} })

  test('that was ended is refused, and ending it twice is no fault', async () => {
    const session = await confirm(call, link())
    const [token, user] = [session?.token ?? '', session?.user.uuid ?? '']
    expect(await who(token)).toMatchObject({ caller: { kind: 'user', signedIn: now, user: { email } } })
    const claims = tokens.read(token, ['client'], now)
    if (!claims) throw new Error('The session can not be read.')
    await endSession(db, token, { ...claims, user })
    await endSession(db, token, { ...claims, user })
    expect(await who(token)).toHaveProperty('error_code', 'invalid_token')
    expect(await who(rewritten(token))).toHaveProperty('error_code', 'invalid_token')
  })
})

describe('a link to a new address', () => {
  const wanted = 'new@example.com'
  const wantingLink = (person: string) => tokenIn(newAddressLink({ tokens, consoleUrl, email: wanted, now, person }))
  /** A user who wants the address. */
  async function wanting(name: string) {
    const { uuid } = await createUser(db, { name, now })
    return db.prisma.user.update({ where: { uuid }, data: { newEmail: wanted } })
  }

  test('makes it the address of who was sent it, and of nobody else who wants it too', async () => {
    const [eve, bob] = [await wanting('eve'), await wanting('bob')]
    expect(await readLink(call, wantingLink(bob.uuid))).toEqual({ email: wanted, name: 'bob', path: null })
    expect(await confirm(call, wantingLink(bob.uuid))).toMatchObject({ user: { uuid: bob.uuid, email: wanted } })
    expect(await confirm(call, wantingLink(eve.uuid))).toBeNull()
    expect(await db.prisma.user.findUnique({ where: { uuid: eve.uuid } })).toMatchObject({ email: 'eve@example.com' })
  })

  test('makes nothing of a plain sign-in link for an address that is only wanted', async () => {
    await wanting('eve')
    const token = tokens.sign({ audience: 'auth', email: wanted, now, ttl: 60 })
    expect(await readLink(call, token)).toBeNull()
    expect(await confirm(call, token)).toBeNull()
  })

  test('signs nobody in whose address it became in the meantime', async () => {
    const eve = await wanting('eve')
    await noteSignUp(db, { email: wanted, now })
    expect(await confirm(call, wantingLink(eve.uuid))).toBeNull()
  })

  test('gives the address to one, when many who want it use their links at once', async () => {
    const people = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(wanting))
    const sessions = await Promise.all(people.map(({ uuid }) => confirm(call, wantingLink(uuid))))
    expect(sessions.filter((session) => session !== null)).toHaveLength(1)
  })
})
