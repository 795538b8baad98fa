import { createLimits, type Database } from '@project-keys/keys'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Service, START, startService } from './service.ts'
import { createProject, createUserKey, keysOf, type Person, signUp } from './world.ts'

const LIMITS = {
  sign_in: { count: 4, span: 3600 },
  authentication: { count: 5, span: 60 },
  keys: { count: 3, span: 60 },
  mails: { count: 3, span: 3600 },
  recipients: { count: 5, span: 3600 },
}
const CONSOLE_TOKEN = 'what only the console knows'
const limited = (db: Database) => createLimits(db, LIMITS)

const direct = await startService({ limits: limited })
const behindProxy = await startService({ limits: limited, trustedProxies: ['127.0.0.1'], consoleToken: CONSOLE_TOKEN })
const unlimited = await startService()
const often = { count: 1000, span: 3600 }
const unlimitedSenders = await startService({
  limits: (db) => createLimits(db, { ...LIMITS, sign_in: often, mails: often }),
})

/** Each test begins with an hour of its own, when all that was counted is over. */
let hour = 0
beforeEach(() => {
  hour += 1
  for (const { clock } of [direct, behindProxy]) clock.now = new Date(START.getTime() + hour * 3_600_000)
})

type Headers = Record<string, string>
const guess = async (service: Service, headers: Headers = {}) =>
  (await service.send('GET', '/v0/organizations', { token: 'x', headers })).status
const login = (service: Service, headers: Headers = {}) =>
  service.send('POST', '/v0/auth/login', { body: { email: 'nobody@example.com' }, headers })
const repeat = async <Answer>(times: number, ask: () => Promise<Answer>) => {
  const answers: Answer[] = []
  for (let i = 0; i < times; i++) answers.push(await ask())
  return answers
}
const statusesOf = (answers: { status: number }[]) => answers.map(({ status }) => status)

describe('credentials that are no good', () => {
  test('are a 401 five times, then a 429 that says when to try again, and that is no 401', async () => {
    expect(await repeat(7, () => guess(direct))).toEqual([401, 401, 401, 401, 401, 429, 429])
    direct.wait(20)
    const { status, headers, body } = await direct.send('GET', '/v0/organizations', { token: 'x' })
    expect([status, headers.get('retry-after'), headers.has('www-authenticate')]).toEqual([429, '40', false])
    expect(body).toMatchObject({ message: expect.stringContaining('Try again in 40 seconds.') })
    direct.wait(40)
    expect(await guess(direct)).toBe(401)
  })

  test('are counted whatever they are: keys, links, invitations, over REST and tRPC', async () => {
    const tries = [
      direct.send('GET', '/v0/organizations', { token: `bencher_run_${'a'.repeat(30)}` }),
      direct.send('GET', '/v0/organizations', { token: `bencher_user_${'a'.repeat(30)}` }),
      direct.send('POST', '/v0/auth/confirm', { body: { token: 'x' } }),
      direct.send('POST', '/trpc/auth.inspectLink', { body: { token: 'x' } }),
      direct.send('POST', '/trpc/auth.join', { body: { invite: 'x' } }),
    ]
    expect(statusesOf(await Promise.all(tries))).toEqual([401, 401, 401, 401, 401])
    expect(await guess(direct)).toBe(429)
    expect((await direct.send('POST', '/v0/auth/confirm', { body: { token: 'x' } })).status).toBe(429)
    expect((await direct.send('GET', '/trpc/users.me', { token: 'x' })).status).toBe(429)
  })

  test.each(['GET', 'POST', 'PATCH', 'DELETE'])(
    'are counted with %s, whether the request may have a body or not',
    async (method) => {
      const path = { GET: '/v0/organizations', POST: '/v0/organizations' }[method] ?? '/v0/projects/example'
      for (const token of ['x', direct.tokenOf('nobody@example.com')]) {
        direct.wait(60)
        const answers = await repeat(6, () =>
          direct.send(method, path, { token, ...(method === 'GET' ? {} : { body: {} }) }),
        )
        expect(statusesOf(answers)).toEqual([401, 401, 401, 401, 401, 429])
      }
    },
  )

  test('never keep a good one out, nor nobody out of what is public', async () => {
    const ada = await signUp(direct)
    const { key } = await createUserKey(direct, ada, { name: 'ci' })
    await repeat(10, () => guess(direct))
    expect((await direct.send('GET', '/v0/organizations', ada)).status).toBe(200)
    expect((await direct.send('GET', '/v0/organizations', { token: key })).status).toBe(200)
    expect((await direct.send('GET', '/v0/projects')).status).toBe(200)
    const link = direct.tokens.sign({ audience: 'auth', email: ada.email, now: direct.clock.now, ttl: 60 })
    expect((await direct.send('POST', '/v0/auth/confirm', { body: { token: link } })).status).toBe(200)
  })
})

describe('sign-ups and sign-ins', () => {
  test('are counted together: 202 four times, then 429, and no mail', async () => {
    const join = () =>
      direct.send('POST', '/v0/auth/signup', { body: { name: 'A', email: 'a@example.com', i_agree: true } })
    expect(statusesOf(await repeat(2, join))).toEqual([202, 202])
    expect(statusesOf(await repeat(2, () => login(direct)))).toEqual([202, 202])
    const mails = direct.mails.length
    for (const { status, headers } of [await login(direct), await join()]) {
      expect([status, headers.get('retry-after')]).toEqual([429, '3600'])
    }
    expect(direct.mails).toHaveLength(mails)
  })

  test('that are a 400 cost nothing', async () => {
    await repeat(10, () => direct.send('POST', '/v0/auth/login', { body: { email: 'x' } }))
    expect((await login(direct)).status).toBe(202)
  })
})

describe('new keys', () => {
  test('are counted by user, of both kinds: 201 three times, then 429', async () => {
    const [ada, bob] = [await signUp(direct), await signUp(direct)]
    const project = await createProject(direct, ada)
    const create = (path: string, { token }: Person) => direct.send('POST', path, { token, body: { name: 'a' } })
    const own = `/v0/users/${ada.uuid}/keys`
    const made = [await create(own, ada), await create(keysOf(project), ada), await create(keysOf(project), ada)]
    expect(statusesOf(made)).toEqual([201, 201, 201])
    for (const path of [own, keysOf(project)]) {
      const { status, headers } = await create(path, ada)
      expect([status, headers.get('retry-after')]).toEqual([429, '60'])
    }
    expect((await create(`/v0/users/${bob.uuid}/keys`, bob)).status).toBe(201)
    expect((await direct.send('GET', keysOf(project), ada)).status).toBe(200)
  })
})

describe('mails to others', () => {
  test('are counted by user, invitations and new addresses together: then 429', async () => {
    const ada = await signUp(direct)
    const { slug } = await createProject(direct, ada)
    const invite = (email: string) =>
      direct.send('POST', `/v0/projects/${slug}/members`, { token: ada.token, body: { email, role: 'viewer' } })
    const move = (email: string) => direct.send('PATCH', `/v0/users/${ada.uuid}`, { token: ada.token, body: { email } })
    const asked = [await invite('a@example.com'), await move('b@example.com'), await invite('c@example.com')]
    expect(statusesOf(asked)).toEqual([202, 200, 202])
    const mails = direct.mails.length
    expect(statusesOf([await invite('d@example.com'), await move('e@example.com')])).toEqual([429, 429])
    expect(direct.mails).toHaveLength(mails)
    expect(
      (await direct.send('PATCH', `/v0/users/${ada.uuid}`, { token: ada.token, body: { name: 'B' } })).status,
    ).toBe(200)
  })
})

describe('mails to one address', () => {
  test('are counted by the address, whoever asks, whether it has an account or not: then 429, and no mail', async () => {
    const victim = await signUp(unlimitedSenders)
    const ada = await signUp(unlimitedSenders)
    const { slug } = await createProject(unlimitedSenders, ada)
    for (const email of [victim.email, 'without.account@example.com']) {
      const body = { email }
      const asks = [
        () => unlimitedSenders.send('POST', '/v0/auth/login', { body }),
        () => unlimitedSenders.send('POST', '/v0/auth/signup', { body: { ...body, name: 'A', i_agree: true } }),
        () =>
          unlimitedSenders.send('POST', `/v0/projects/${slug}/members`, {
            token: ada.token,
            body: { ...body, role: 'viewer' },
          }),
        () => unlimitedSenders.send('PATCH', `/v0/users/${ada.uuid}`, { token: recent, body }),
      ]
      unlimitedSenders.wait(3600)
      const recent = unlimitedSenders.tokenOf(ada.email)
      for (const ask of [...asks, asks[0]]) expect((await ask?.())?.status).toBeLessThan(300)
      const mails = unlimitedSenders.mails.length
      expect(statusesOf(await Promise.all(asks.map((ask) => ask())))).toEqual([429, 429, 429, 429])
      expect(unlimitedSenders.mails).toHaveLength(mails)
    }
  })
})

describe('several processes', () => {
  test('share what they counted once they have merged', async () => {
    await repeat(5, () => guess(direct))
    await direct.limits.merge(direct.clock.now)
    const other = createLimits(direct.db, LIMITS)
    expect(other.take('authentication', '127.0.0.1', direct.clock.now)).toBeNull()
    await other.merge(direct.clock.now)
    expect(other.take('authentication', '127.0.0.1', direct.clock.now)).toBe(60)
  })
})

describe('the address that counts', () => {
  const as = (address: string) => ({ 'x-forwarded-for': address })

  test('is the connection’s, whatever the client says of another', async () => {
    const headers = (index: number) => ({
      ...as(`10.0.0.${index}`),
      forwarded: 'for=10.0.0.9',
      'x-real-ip': '10.0.0.9',
    })
    for (let index = 0; index < 5; index++) expect(await guess(direct, headers(index))).toBe(401)
    expect(await guess(direct, as('10.0.0.6'))).toBe(429)
    expect(await guess(direct, { 'x-client-address': '10.0.0.7', 'x-console-token': CONSOLE_TOKEN })).toBe(429)
  })

  test('is what a trusted proxy says, and not what the client says to the proxy', async () => {
    expect(await repeat(6, () => guess(behindProxy, as('10.0.0.1')))).toEqual([401, 401, 401, 401, 401, 429])
    expect(await guess(behindProxy, as('10.0.0.2'))).toBe(401)
    for (let index = 0; index < 4; index++) await guess(behindProxy, as(`10.9.9.${index}, 10.0.0.2`))
    expect(await guess(behindProxy, as('10.9.9.9, 10.0.0.2'))).toBe(429)
  })

  test('is the same with whatever port a proxy writes behind it, and however it is written', async () => {
    const addresses = ['203.0.113.9', '203.0.113.9:4711', '203.0.113.9:4712', '::ffff:203.0.113.9', '::ffff:cb00:7109']
    for (const address of addresses) expect([address, await guess(behindProxy, as(address))]).toEqual([address, 401])
    for (const address of ['203.0.113.9:4713', '[::ffff:203.0.113.9]:4711', '198.51.100.1, 203.0.113.9:1']) {
      expect([address, await guess(behindProxy, as(address))]).toEqual([address, 429])
    }
    expect(await guess(behindProxy, as('203.0.113.10:4711'))).toBe(401)
  })

  test('is looked for behind a trusted proxy that is written with its port', async () => {
    const through = (client: string) => as(`${client}:1, 127.0.0.1:4711`)
    expect(await repeat(6, () => guess(behindProxy, through('10.2.0.1')))).toEqual([401, 401, 401, 401, 401, 429])
    expect(await guess(behindProxy, through('10.2.0.2'))).toBe(401)
  })

  test('is no fault where a proxy tells none', async () => {
    for (const told of ['unknown', '_hidden', '', ',', '10.3.0.1, unknown', '10.3.0.1, 127.0.0.1:x']) {
      expect([told, await guess(behindProxy, as(told))]).toEqual([told, 401])
    }
  })

  test('of IPv6 is a network of 2^64 addresses, however it is written', async () => {
    for (const [index, address] of [
      '2001:db8::1',
      '2001:db8::a:b:c:d',
      '2001:db8:0:0:1::',
      '2001:db8:0:0:ffff:ffff:ffff:ffff',
      '[2001:DB8::2]:4711',
    ].entries()) {
      expect([index, await guess(behindProxy, as(address))]).toEqual([index, 401])
    }
    expect(await guess(behindProxy, as('2001:db8::3'))).toBe(429)
    expect(await guess(behindProxy, as('[2001:db8::3]:4712'))).toBe(429)
    expect(await guess(behindProxy, as('2001:db8:0:1::3'))).toBe(401)
  })

  test('is the browser’s for what the console asks, which shows a secret', async () => {
    const browser = (address: string, token = CONSOLE_TOKEN) => ({
      'x-client-address': address,
      'x-console-token': token,
    })
    expect(await repeat(6, () => guess(behindProxy, browser('10.1.0.1')))).toEqual([401, 401, 401, 401, 401, 429])
    expect(await guess(behindProxy, browser('::ffff:10.1.0.1'))).toBe(429)
    expect(await guess(behindProxy, browser('10.1.0.2'))).toBe(401)
    for (let index = 0; index < 5; index++) await guess(behindProxy, browser(`10.1.1.${index}`, 'a guess of it'))
    expect(await guess(behindProxy, browser('10.1.1.9', 'a guess of it'))).toBe(429)
  })
})

test('where limits are off nothing is limited', async () => {
  expect(new Set(await repeat(80, () => guess(unlimited)))).toEqual(new Set([401]))
  expect(new Set(statusesOf(await repeat(30, () => login(unlimited))))).toEqual(new Set([202]))
})
