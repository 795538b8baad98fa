import { beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import { invite, mailedToken } from './tenant.ts'
import { createProject, createUserKey, type Person, signUp } from './world.ts'

const HOUR = 60 * 60
const DAY = 24 * HOUR

const service = await startService()
let ada: Person

beforeEach(async () => {
  service.wait(1)
  ada = await signUp(service, 'Ada')
})

const send = (method: string, path: string, { token }: { token?: string | undefined } = {}, body?: unknown) =>
  service.send(method, path, { token, body })
const call = (name: string, input: unknown, person?: { token: string }) => send('POST', `/trpc/${name}`, person, input)
const me = async (token: string) => (await send('GET', '/v0/organizations', { token })).status
const newAddress = () => `${crypto.randomUUID()}@example.com`
/** The owner, signed in just now. */
const admin = () => ({ token: service.tokenOf('owner@localhost') })
const mailsTo = (email: string) => service.mails.filter(({ to }) => to === email).length
const Session = z.object({ user: z.object({ uuid: z.string(), slug: z.string() }), token: z.string() })

/** Gives an account another address: asks for it, and uses the mailed link. */
async function move(person: Person, email: string): Promise<Person> {
  const asked = await send('PATCH', `/v0/users/${person.uuid}`, person, { email })
  expect(asked.status).toBe(200)
  const { body } = await send('POST', '/v0/auth/confirm', {}, { token: mailedToken(service, email) })
  return { ...person, email, token: Session.parse(body).token }
}
const restore = (token: string) => call('auth.restoreAddress', { token })
const emailOf = async ({ uuid }: Person) => (await service.db.prisma.user.findUniqueOrThrow({ where: { uuid } })).email

/** A link of the newest mail to the address. */
const restoringLink = (email: string) => {
  expect(service.mails.findLast(({ to }) => to === email)?.subject).toMatch(/was changed$/)
  return mailedToken(service, email)
}

describe('asking for a new address', () => {
  test('takes a sign-in of the last hour: 403 with `recent_sign_in_required` for an older session', async () => {
    const ask = () => send('PATCH', `/v0/users/${ada.uuid}`, ada, { email: newAddress() })
    service.wait(HOUR)
    expect((await ask()).status).toBe(200)
    service.wait(1)
    expect(await ask()).toMatchObject({ status: 403, body: { error_code: 'recent_sign_in_required' } })
    const { newEmail } = await service.db.prisma.user.findUniqueOrThrow({ where: { uuid: ada.uuid } })
    expect(mailsTo(newEmail ?? '')).toBe(1)
    expect((await send('PATCH', `/v0/users/${ada.uuid}`, ada, { name: 'Ada L.' })).status).toBe(200)
  })

  test('takes one for making an admin, too', async () => {
    const old = admin()
    service.wait(HOUR + 1)
    for (const admin of [true, false]) {
      const { status, body } = await send('PATCH', `/v0/users/${ada.uuid}`, old, { admin })
      expect([status, body]).toMatchObject([403, { error_code: 'recent_sign_in_required' }])
    }
  })
})

describe('a changed address', () => {
  test('opens its new account to no session that its former owner had', async () => {
    const bob = await signUp(service, 'Bob')
    const { email } = bob
    const session = service.tokens.sign({ audience: 'client', email, now: service.clock.now, ttl: 30 * DAY })
    await move(bob, newAddress())
    service.wait(8 * DAY)
    const moved = await move({ ...ada, token: service.tokenOf(ada.email) }, email)
    expect([await me(session), await me(moved.token)]).toEqual([401, 200])
  })

  test('is told to the old one, with a link that restores it, ends all sessions and the new API tokens', async () => {
    const email = ada.email
    const before = await createUserKey(service, ada, { name: 'before' })
    service.wait(60)
    const thief = {
      ...ada,
      token: service.tokens.sign({ audience: 'client', email, now: service.clock.now, ttl: DAY }),
    }
    const inTheSameSecond = await createUserKey(service, thief, { name: 'by the thief' })
    service.wait(60)
    const first = await createUserKey(service, thief, { name: 'by the thief' })
    const project = await createProject(service, thief)
    const invited = await invite(service, thief, {
      at: `projects/${project.slug}`,
      email: newAddress(),
      role: 'viewer',
    })
    const stolen = await move(thief, newAddress())
    const second = await createUserKey(service, stolen, { name: 'by the thief' })
    expect([await me(ada.token), await me(stolen.token)]).toEqual([401, 200])
    const { text } = service.mails.findLast(({ to }) => to === email) ?? {}
    expect(text).toContain(`Your account no longer has the address ${email}`)

    service.wait(3 * DAY)
    const link = restoringLink(email)
    const shown = await call('auth.inspectRestore', { token: link })
    expect(JSON.parse(shown.text).result.data).toEqual({ email, name: 'Ada', current: stolen.email })
    expect(await emailOf(ada)).toBe(stolen.email)
    const pending = mailedTo(await asking(stolen))
    const ended = await restore(link)
    expect([ended.status, JSON.parse(ended.text).result.data]).toEqual([200, { email }])

    expect(await emailOf(ada)).toBe(email)
    const ofThief = [thief.token, stolen.token, inTheSameSecond.key, first.key, second.key]
    for (const token of [ada.token, ...ofThief]) expect(await me(token)).toBe(401)
    expect(await me(before.key)).toBe(200)
    expect((await call('auth.inspectInvitation', { invite: invited.invite })).status).toBe(404)
    expect((await send('POST', '/v0/auth/confirm', {}, { token: pending })).status).toBe(401)
    expect(service.mails.findLast(({ to }) => to === stolen.email)?.subject).toMatch(/was restored$/)
    service.wait(1)
    await send('POST', '/v0/auth/login', {}, { email })
    const { body } = await send('POST', '/v0/auth/confirm', {}, { token: mailedToken(service, email) })
    expect(Session.parse(body).user.uuid).toBe(ada.uuid)
    expect((await restore(link)).status).toBe(401)
  })

  /** A further change that waits for its link. */
  async function asking(person: Person) {
    const token = service.tokens.sign({ audience: 'client', email: person.email, now: service.clock.now, ttl: DAY })
    const email = newAddress()
    await send('PATCH', `/v0/users/${person.uuid}`, { token }, { email })
    return email
  }
  const mailedTo = (email: string) => mailedToken(service, email)

  test('is restored once, of many at once, and within 7 days', async () => {
    const { email } = ada
    await move(ada, newAddress())
    const link = restoringLink(email)
    const statuses = await Promise.all([1, 2, 3, 4].map(async () => (await restore(link)).status))
    expect(statuses.sort()).toEqual([200, 401, 401, 401])

    const bob = await signUp(service, 'Bob')
    await move(bob, newAddress())
    const late = restoringLink(bob.email)
    service.wait(7 * DAY)
    expect([(await call('auth.inspectRestore', { token: late })).status, (await restore(late)).status]).toEqual([
      401, 401,
    ])
  })

  test('is restored by its first owner, whatever was changed after that, and by nobody after them', async () => {
    const { email } = ada
    const once = await move(ada, newAddress())
    const twice = await move(once, newAddress())
    const [first, second] = [restoringLink(email), restoringLink(once.email)]
    expect((await restore(first)).status).toBe(200)
    expect((await restore(second)).status).toBe(401)
    expect(await emailOf(ada)).toBe(email)
    expect(twice.email).not.toBe(email)
  })

  test('can be restored while the user is locked, and stays locked', async () => {
    const { email } = ada
    await move(ada, newAddress())
    await send('PATCH', `/v0/users/${ada.uuid}`, admin(), { locked: true })
    expect((await restore(restoringLink(email))).status).toBe(200)
    expect(await service.db.prisma.user.findUnique({ where: { email } })).toMatchObject({ locked: true })
  })

  test('is nobody else’s for 7 days, by no way in', async () => {
    const { email } = ada
    const moved = await move(ada, newAddress())
    const bob = await signUp(service, 'Bob')
    const taken = () => service.db.prisma.user.count({ where: { email, confirmed: { not: null } } })

    await send('POST', '/v0/auth/signup', {}, { name: 'Eve', email, i_agree: true })
    expect(service.mails.findLast(({ to }) => to === email)?.subject).toMatch(/was changed$/)
    const minted = service.tokens.sign({ audience: 'auth', email, now: service.clock.now, ttl: HOUR })
    expect((await send('POST', '/v0/auth/confirm', {}, { token: minted })).status).toBe(401)

    await service.db.prisma.user.deleteMany({ where: { email } })
    await send('PATCH', `/v0/users/${bob.uuid}`, bob, { email })
    const wanting = service.tokens.sign({ audience: 'auth', email, now: service.clock.now, ttl: HOUR, user: bob.uuid })
    expect((await send('POST', '/v0/auth/confirm', {}, { token: wanting })).status).toBe(401)

    const project = await createProject(service, bob)
    const invited = await invite(service, bob, { at: `projects/${project.slug}`, email, role: 'viewer' })
    expect((await call('auth.join', { invite: invited.invite })).status).toBe(403)
    expect(await taken()).toBe(0)

    service.wait(7 * DAY)
    await send('POST', '/v0/auth/signup', {}, { name: 'Eve', email, i_agree: true })
    const { status } = await send('POST', '/v0/auth/confirm', {}, { token: mailedToken(service, email) })
    expect([status, await taken()]).toEqual([200, 1])
    expect(await emailOf(moved)).toBe(moved.email)
  })

  test('may be taken back by who had it', async () => {
    const { email } = ada
    const back = await move(await move(ada, newAddress()), email)
    expect([await emailOf(ada), await me(back.token)]).toEqual([email, 200])
  })

  test('is restored over a sign-up of somebody who wanted it meanwhile', async () => {
    const { email } = ada
    await move(ada, newAddress())
    const link = restoringLink(email)
    await send('POST', '/v0/auth/signup', {}, { name: 'Eve', email, i_agree: true })
    expect((await restore(link)).status).toBe(200)
    expect(await emailOf(ada)).toBe(email)
  })

  test('is told again to who signs in with the old one, by the same answer as for every address', async () => {
    const { email } = ada
    await move(ada, newAddress())
    const mails = mailsTo(email)
    const answers = await Promise.all(
      [email, newAddress()].map((email) => send('POST', '/v0/auth/login', {}, { email })),
    )
    expect(answers.map(({ status }) => status)).toEqual([202, 202])
    expect(mailsTo(email)).toBe(mails + 1)
    expect((await restore(restoringLink(email))).status).toBe(200)
  })

  test('is told to the old one also when a server admin changed it', async () => {
    await send('PATCH', `/v0/users/${ada.uuid}`, admin(), { email: newAddress() })
    const { newEmail } = await service.db.prisma.user.findUniqueOrThrow({ where: { uuid: ada.uuid } })
    await send('POST', '/v0/auth/confirm', {}, { token: mailedToken(service, newEmail ?? '') })
    expect((await restore(restoringLink(ada.email))).status).toBe(200)
  })
})

describe('a link that restores an address', () => {
  test('is no credential and no link of another kind, and no other token restores anything', async () => {
    const { email } = ada
    await move(ada, newAddress())
    const link = restoringLink(email)
    expect(await me(link)).toBe(401)
    expect((await send('POST', '/v0/auth/confirm', {}, { token: link })).status).toBe(401)
    expect((await call('auth.join', { invite: link })).status).toBe(401)
    for (const audience of ['client', 'api_key', 'auth', 'invite'] as const) {
      const { id } = await service.db.prisma.addressChange.findFirstOrThrow({ where: { oldEmail: email } })
      const other = service.tokens.sign({ audience, email, now: service.clock.now, ttl: HOUR, change: String(id) })
      expect((await restore(other)).status).toBe(401)
    }
    const of = { audience: 'restore' as const, now: service.clock.now, ttl: HOUR }
    expect((await restore(service.tokens.sign({ ...of, email }))).status).toBe(401)
    expect((await restore(service.tokens.sign({ ...of, email: 'x@example.com', change: '1' }))).status).toBe(401)
  })
})
