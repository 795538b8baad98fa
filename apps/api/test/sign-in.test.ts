import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import { mailedToken } from './tenant.ts'
import { createKey, createProject, createUserKey, keysOf, type Person, signUp } from './world.ts'

const service = await startService()
let ada: Person

beforeAll(async () => {
  ada = await signUp(service)
})

const post = (path: string, body: unknown, token?: string) => service.send('POST', path, { token, body })
const mutate = (name: string, body: unknown, token?: string) =>
  service.send('POST', `/trpc/${name}`, { token, body: body ?? {} })
const linkTo = (email: string, ttl = 60) =>
  service.tokens.sign({ audience: 'auth', email, now: service.clock.now, ttl })
const patch = (person: Person, body: unknown, { token } = service.admin) =>
  service.send('PATCH', `/v0/users/${person.uuid}`, { token, body })
const me = async (token: string) => (await service.send('GET', '/v0/organizations', { token })).status
const Session = z.object({ user: z.object({ uuid: z.string() }), token: z.string() })

/** A session by a mailed link. */
async function signIn(email: string) {
  await post('/v0/auth/login', { email })
  return Session.parse((await post('/v0/auth/confirm', { token: mailedToken(service, email) })).body)
}

beforeEach(() => service.wait(1))

describe('POST /v0/auth/login', () => {
  test('answers the same for known and unknown, and mails only to who is known', async () => {
    const answers = await Promise.all(
      [ada.email, 'nobody@example.com'].map((email) => post('/v0/auth/login', { email })),
    )
    const [known, unknown] = answers.map(({ status, headers, body }) => ({
      status,
      headers: [...headers.keys()].filter((name) => name !== 'date'),
      fields: Object.keys(z.record(z.string(), z.unknown()).parse(body)),
    }))
    expect(known).toEqual(unknown)
    expect(known).toMatchObject({ status: 202, fields: ['email'] })
    expect(service.mails.filter(({ to }) => to === 'nobody@example.com')).toEqual([])
    expect(service.mails.at(-1)).toMatchObject({ to: ada.email, subject: 'Your link to sign in to Project Keys' })
  })

  test('knows an address in any letter case', async () => {
    const { body } = await post('/v0/auth/login', { email: ada.email.toUpperCase() })
    expect(body).toEqual({ email: ada.email })
    expect(service.mails.at(-1)).toMatchObject({ to: ada.email })
  })

  test.each([{}, { email: '' }, { email: 'x' }, { email: null }])('refuses %j with 400', async (body) => {
    expect((await post('/v0/auth/login', body)).status).toBe(400)
  })
})

describe('POST /v0/auth/confirm', () => {
  test('signs in: 200 with the user and a session', async () => {
    const { status, body } = await post('/v0/auth/confirm', { token: linkTo(ada.email) })
    expect(status).toBe(200)
    const creation = service.clock.now
    expect(body).toEqual({
      user: { uuid: ada.uuid, name: 'Ada', slug: ada.slug, email: ada.email, admin: false, locked: false },
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      creation: creation.toISOString().replace('.000', ''),
      expiration: new Date(creation.getTime() + 30 * 24 * 60 * 60 * 1000).toISOString().replace('.000', ''),
    })
    expect(await me(Session.parse(body).token)).toBe(200)
  })

  test('takes a link once, also of many at once: 401 from then on', async () => {
    const token = linkTo(ada.email)
    const answers = await Promise.all(Array.from({ length: 6 }, () => post('/v0/auth/confirm', { token })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401, 401])
    expect((await post('/v0/auth/confirm', { token })).status).toBe(401)
  })

  test('refuses with 401 what is no link of a user here', async () => {
    const expired = linkTo(ada.email, 1)
    const early = service.tokens.sign({ audience: 'auth', email: ada.email, now: new Date(0), ttl: 4e9 })
    service.wait(1)
    for (const token of [expired, early, ada.token, linkTo('nobody@example.com'), 'x']) {
      expect((await post('/v0/auth/confirm', { token })).status).toBe(401)
    }
  })

  test('refuses with 400 what is no token at all', async () => {
    for (const body of [{}, { token: '' }, { token: 1 }, { token: 'x'.repeat(8193) }]) {
      expect((await post('/v0/auth/confirm', body)).status).toBe(400)
    }
  })

  test('gives a session that ends after 30 days', async () => {
    const { token } = await signIn(ada.email)
    const before = service.clock.now
    service.wait(30 * 24 * 60 * 60 - 1)
    expect(await me(token)).toBe(200)
    service.wait(1)
    expect(await me(token)).toBe(401)
    service.clock.now = before
  })
})

describe('looking at a link', () => {
  test('shows whom it signs in and uses nothing up', async () => {
    const token = linkTo(ada.email)
    for (let i = 0; i < 3; i++) {
      const { text } = await mutate('auth.inspectLink', { token })
      expect(JSON.parse(text)).toEqual({ result: { data: { email: ada.email, name: 'Ada', path: null } } })
    }
    expect((await post('/v0/auth/confirm', { token })).status).toBe(200)
    expect((await mutate('auth.inspectLink', { token })).status).toBe(401)
  })

  test('has no address that a mail scanner could open', async () => {
    const input = encodeURIComponent(JSON.stringify({ token: linkTo(ada.email) }))
    expect((await service.send('GET', `/trpc/auth.inspectLink?input=${input}`)).status).toBe(405)
    expect((await service.send('GET', '/v0/auth/confirm')).status).toBe(405)
  })
})

describe('signing out', () => {
  test('ends that session alone', async () => {
    const [one, other] = [await signIn(ada.email), await signIn(ada.email)]
    expect((await mutate('auth.signOut', {}, one.token)).status).toBe(200)
    expect([await me(one.token), await me(other.token)]).toEqual([401, 200])
  })

  test('ends a session however its signature is written', async () => {
    const { token } = await signIn(ada.email)
    await mutate('auth.signOut', {}, token)
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    for (const bits of [1, 2, 3]) {
      const last = letters.charAt(letters.indexOf(token.slice(-1)) ^ bits)
      expect(await me(token.slice(0, -1) + last)).toBe(401)
    }
  })

  test('by a user key ends nothing', async () => {
    const { key } = await createUserKey(service, ada, { name: 'ci' })
    expect((await mutate('auth.signOut', {}, key)).status).toBe(200)
    expect(await me(key)).toBe(200)
  })
})

describe('a user who is locked', () => {
  test('loses every session, link and user key at once and for good; the project keys they made go on', async () => {
    const bob = await signUp(service, 'Bob')
    const project = await createProject(service, bob)
    const userKey = await createUserKey(service, bob, { name: 'ci' })
    const projectKey = await createKey(service, bob, project, { name: 'ci' })
    const link = linkTo(bob.email)
    const all = () => Promise.all([me(bob.token), me(userKey.key)])
    expect(await all()).toEqual([200, 200])
    expect(await patch(bob, { locked: true })).toMatchObject({ status: 200, body: { uuid: bob.uuid, locked: true } })
    expect(await all()).toEqual([401, 401])
    service.wait(1)
    expect((await post('/v0/auth/confirm', { token: link })).status).toBe(401)
    expect((await post('/v0/auth/confirm', { token: linkTo(bob.email) })).status).toBe(401)

    service.wait(1)
    expect(await patch(bob, { locked: false })).toMatchObject({ status: 200, body: { locked: false } })
    expect(await all()).toEqual([401, 401])
    expect((await post('/v0/auth/confirm', { token: link })).status).toBe(401)
    const again = await signIn(bob.email)
    expect(await me(again.token)).toBe(200)
    const own = `/v0/projects/${project.slug}`
    expect((await service.send('GET', own, { token: projectKey.key })).status).toBe(200)
    expect((await service.send('GET', keysOf(project), { token: again.token })).body).toMatchObject([{ name: 'ci' }])
  })
})

describe('a new address', () => {
  const ask = (person: Person, email: string) => patch(person, { email }, person)
  const confirm = async (email: string) => {
    const { status, body } = await post('/v0/auth/confirm', { token: mailedToken(service, email) })
    return { status, session: Session.safeParse(body).data }
  }

  test('counts only when its mailed link was used; then the old one, and what was issued for it, are refused', async () => {
    const bob = await signUp(service, 'Bob')
    expect(await ask(bob, 'Bob-New@example.com')).toMatchObject({ status: 200, body: { email: bob.email } })
    expect(service.mails.at(-1)).toMatchObject({ to: 'bob-new@example.com' })
    expect(service.mails.at(-1)?.text).toContain(bob.email)
    expect(await me(bob.token)).toBe(200)
    expect(await me(service.tokenOf('bob-new@example.com'))).toBe(401)

    service.wait(60)
    const { status, session } = await confirm('bob-new@example.com')
    expect([status, session?.user.uuid]).toEqual([200, bob.uuid])
    expect(await me(bob.token)).toBe(401)
    expect(await me(session?.token ?? '')).toBe(200)
    const early = { audience: 'client' as const, email: 'bob-new@example.com', ttl: 3600 }
    expect(await me(service.tokens.sign({ ...early, now: new Date(service.clock.now.getTime() - 1000) }))).toBe(401)
    expect(await me(service.tokens.sign({ ...early, now: service.clock.now }))).toBe(200)
    expect((await confirm('bob-new@example.com')).status).toBe(401)
  })

  test('that somebody else has is not taken from them, and who asks learns nothing of it', async () => {
    const bob = await signUp(service, 'Bob')
    const [known, unknown] = [await ask(bob, ada.email), await ask(bob, 'free@example.com')]
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body])
    expect(await confirm(ada.email)).toMatchObject({ status: 200, session: { user: { uuid: ada.uuid } } })
  })

  test('is of the one whose link was used, not of whoever asked for it first', async () => {
    const [eve, bob] = [await signUp(service, 'Eve'), await signUp(service, 'Bob')]
    await ask(eve, 'wanted@example.com')
    await ask(bob, 'wanted@example.com')
    expect(await confirm('wanted@example.com')).toMatchObject({ session: { user: { uuid: bob.uuid } } })
  })

  test('does nothing where it is the one that the user has', async () => {
    const mails = service.mails.length
    expect((await ask(ada, ada.email.toUpperCase())).status).toBe(200)
    expect(service.mails).toHaveLength(mails)
  })
})

test('a token of an address is refused to who has the address only since it was issued', async () => {
  const early = service.tokenOf('later@example.com')
  const link = linkTo('later@example.com', 3600)
  service.wait(60)
  await post('/v0/auth/signup', { name: 'Later', email: 'later@example.com', i_agree: true })
  expect(await me(early)).toBe(401)
  expect((await post('/v0/auth/confirm', { token: link })).status).toBe(401)
  expect(await me(service.tokenOf('later@example.com'))).toBe(200)
})

test('an account with an address that a new one may not have signs in, keeps it, and moves to one that mail reaches', async () => {
  const odd = '.=*fu@0'
  const old = await signUp(service, 'Old')
  await service.db.prisma.user.update({ where: { uuid: old.uuid }, data: { email: odd } })
  const { user, token } = await signIn(odd)
  expect(user.uuid).toBe(old.uuid)
  const change = (email: string) => patch({ ...old, email: odd }, { name: 'Still here', email }, { email: odd, token })
  expect((await change(odd)).status).toBe(200)
  expect(await change('.other@example.com')).toMatchObject({ status: 400, body: { error_code: 'invalid_input' } })
  expect((await change('reached@example.com')).status).toBe(200)
  expect((await post('/v0/auth/signup', { name: 'New', email: odd, i_agree: true })).status).toBe(400)
})

describe('a link to a page of the console', () => {
  const inspect = async (token: string) =>
    z
      .object({ result: z.object({ data: z.object({ path: z.string().nullable() }) }) })
      .parse((await mutate('auth.inspectLink', { token })).body).result.data.path

  test('names its page inside of the signed token', async () => {
    await post('/v0/auth/login', { email: ada.email, path: '/projects/example/keys?search=a%20b' })
    expect(await inspect(mailedToken(service, ada.email))).toBe('/projects/example/keys?search=a%20b')
    await post('/v0/auth/login', { email: ada.email })
    expect(await inspect(mailedToken(service, ada.email))).toBeNull()
  })

  test.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'projects', '', '/\t/evil.example'])(
    'refuses %j with 400, because it is no path of the console',
    async (path) => {
      expect((await post('/v0/auth/login', { email: ada.email, path })).status).toBe(400)
    },
  )

  test('has at most 1024 characters', async () => {
    const answers = [1024, 1025].map((size) =>
      post('/v0/auth/login', { email: ada.email, path: `/${'x'.repeat(size - 1)}` }),
    )
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([202, 400])
  })
})
