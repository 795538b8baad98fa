import { beforeEach, describe, expect, test } from 'vitest'
import { startService } from './service.ts'
import { invite, mailedToken } from './tenant.ts'
import { createKey, createProject, createUserKey, type Person, signUp } from './world.ts'

const service = await startService()
let ada: Person

beforeEach(async () => {
  service.wait(1)
  ada = await signUp(service)
})

const send = (method: string, path: string, { token }: { token?: string | undefined } = {}, body?: unknown) =>
  service.send(method, path, { token, body })
const call = (name: string, input: unknown, person?: { token: string }) => send('POST', `/trpc/${name}`, person, input)
const admin = () => ({ token: service.tokenOf('owner@localhost') })
const lock = async ({ uuid }: Person, locked: boolean) => {
  const { status } = await send('PATCH', `/v0/users/${uuid}`, admin(), { locked })
  expect(status).toBe(200)
}
const lockAndUnlock = async (person: Person) => {
  await lock(person, true)
  await lock(person, false)
}
const me = async (token: string) => (await send('GET', '/v0/organizations', { token })).status
const confirm = async (token: string) => (await send('POST', '/v0/auth/confirm', {}, { token })).status
const newAddress = () => `${crypto.randomUUID()}@example.com`
const linkTo = async (email: string) => {
  await send('POST', '/v0/auth/login', {}, { email })
  return mailedToken(service, email)
}
const linkToNewAddress = async (person: Person) => {
  const email = newAddress()
  await send('PATCH', `/v0/users/${person.uuid}`, person, { email })
  return mailedToken(service, email)
}

describe('what a user began before a lock', () => {
  /** The things that each makes, and the status of using them afterwards. */
  const BEGUN: Record<string, { begin: () => Promise<string>; use: (made: string) => Promise<number>; good: number }> =
    {
      'a session': { begin: async () => ada.token, use: me, good: 200 },
      'an old API token': {
        begin: async () =>
          service.tokens.sign({ audience: 'api_key', email: ada.email, now: service.clock.now, ttl: 3600 }),
        use: me,
        good: 200,
      },
      'an API token': {
        begin: async () => (await createUserKey(service, ada, { name: 'ci' })).key,
        use: me,
        good: 200,
      },
      'a sign-in link': { begin: () => linkTo(ada.email), use: confirm, good: 200 },
      'a link to a new address': { begin: () => linkToNewAddress(ada), use: confirm, good: 200 },
      'an invitation': {
        begin: async () => {
          const { slug } = await createProject(service, ada)
          return (await invite(service, ada, { at: `projects/${slug}`, email: newAddress(), role: 'viewer' })).invite
        },
        use: async (invite) => (await call('auth.join', { invite })).status,
        good: 200,
      },
    }

  test.each(Object.entries(BEGUN))('%s is void while it lasts, and after it, too', async (_, { begin, use, good }) => {
    const [during, after] = [await begin(), await begin()]
    await lock(ada, true)
    expect(await use(during)).not.toBe(good)
    service.wait(60)
    await lock(ada, false)
    service.wait(60)
    for (const made of [during, after]) expect(await use(made)).not.toBe(good)
  })

  test.each(Object.entries(BEGUN))('%s is void after a lock of a moment', async (_, { begin, use, good }) => {
    const made = await begin()
    await lockAndUnlock(ada)
    expect(await use(made)).not.toBe(good)
  })

  test.each(Object.entries(BEGUN))('%s would have been good without it', async (_, { begin, use, good }) => {
    expect(await use(await begin())).toBe(good)
  })

  test('does not end the project keys that they made', async () => {
    const project = await createProject(service, ada)
    const { key } = await createKey(service, ada, project, { name: 'ci' })
    await lockAndUnlock(ada)
    expect((await send('GET', `/v0/projects/${project.slug}`, { token: key })).status).toBe(200)
  })

  test('is void after it even if a concurrent request stored it during the lock', async () => {
    const { slug, uuid: project } = await createProject(service, ada)
    const { key } = await createUserKey(service, ada, { name: 'ci' })
    await lock(ada, true)
    const { uuid: user } = ada
    await service.db.prisma.userKey.updateMany({ where: { user }, data: { revoked: null } })
    const { now: created } = service.clock
    const expiration = new Date(created.getTime() + 3_600_000)
    const late = { uuid: crypto.randomUUID(), email: newAddress(), role: 'viewer', inviter: user, created, expiration }
    await service.db.prisma.invitation.create({ data: { ...late, project } })
    await lock(ada, false)
    expect(await me(key)).toBe(401)
    const list = await send('GET', `/v0/projects/${slug}/invitations`, admin())
    expect(list.body).toEqual([])
  })

  test('includes a sign-up that was not confirmed: an invitation does not make it an account', async () => {
    const email = newAddress()
    await send('POST', '/v0/auth/signup', {}, { name: 'Bob', email, i_agree: true })
    const { slug } = await createProject(service, ada)
    const { invite: token } = await invite(service, ada, { at: `projects/${slug}`, email, role: 'viewer' })
    const { uuid } = await service.db.prisma.user.findUniqueOrThrow({ where: { email } })
    await lock({ ...ada, uuid }, true)
    expect((await call('auth.join', { invite: token })).status).not.toBe(200)
    expect(await service.db.prisma.user.findUnique({ where: { email } })).toMatchObject({ confirmed: null })
  })

  test('is void also where it was being made in the moment of the lock', async () => {
    const project = await createProject(service, ada)
    const at = `projects/${project.slug}`
    for (let round = 0; round < 5; round++) {
      const email = newAddress()
      await Promise.all([
        send('POST', `/v0/${at}/members`, ada, { email, role: 'viewer' }),
        linkToNewAddress(ada),
        lock(ada, true),
      ])
      await lock(ada, false)
      expect(await service.db.prisma.invitation.count({ where: { email } })).toBe(0)
      const { newEmail } = await service.db.prisma.user.findUniqueOrThrow({ where: { uuid: ada.uuid } })
      if (newEmail) expect(await confirm(mailedToken(service, newEmail))).toBe(401)
      service.wait(2)
      ada = { ...ada, token: service.tokenOf(ada.email) }
    }
  })
})

test.each(['client', 'api_key'] as const)(
  'signing out ends a session of the kind %s, and no other',
  async (audience) => {
    const session = () => service.tokens.sign({ audience, email: ada.email, now: service.clock.now, ttl: 3600 })
    const [ended, other] = [session(), session()]
    expect((await call('auth.signOut', {}, { token: ended })).status).toBe(200)
    expect([await me(ended), await me(other)]).toEqual([401, 200])
  },
)

describe('signing out everywhere', () => {
  test('ends every session and every mailed link of the user, and of nobody else; API tokens go on', async () => {
    const bob = await signUp(service, 'Bob')
    const { key } = await createUserKey(service, ada, { name: 'ci' })
    const other = service.tokenOf(ada.email)
    const old = service.tokens.sign({ audience: 'api_key', email: ada.email, now: service.clock.now, ttl: 3600 })
    const links = [await linkTo(ada.email), await linkToNewAddress(ada)]
    expect((await call('auth.signOutEverywhere', {}, ada)).status).toBe(200)
    expect([await me(ada.token), await me(other), await me(old)]).toEqual([401, 401, 401])
    for (const link of links) expect(await confirm(link)).toBe(401)
    expect([await me(bob.token), await me(key)]).toEqual([200, 200])
    service.wait(1)
    const { body } = await send('POST', '/v0/auth/confirm', {}, { token: await linkTo(ada.email) })
    expect(body).toMatchObject({ user: { uuid: ada.uuid } })
  })

  test('takes a session', async () => {
    const { key } = await createUserKey(service, ada, { name: 'ci' })
    expect((await call('auth.signOutEverywhere', {}, { token: key })).status).toBe(403)
    expect(await me(ada.token)).toBe(200)
  })
})
