import { appRouter, createLimits, type Database, LIMITED, type Limited } from '@project-keys/keys'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { describeApi } from '../src/rest/document.ts'
import { formOf } from './http.ts'
import { SERVER, START, startService } from './service.ts'
import { invite, mailedToken } from './tenant.ts'
import { createKey, createProject, createUserKey, type Person, type Project, signUp } from './world.ts'

const MINUTE = 60
const DAY = 24 * 60 * MINUTE
const SPANS: Record<Limited, number> = { sign_in: 600, authentication: 60, keys: 90, mails: 1200, recipients: 300 }

const service = await startService()
const limited = await startService({
  limits: (db: Database) =>
    createLimits(db, {
      sign_in: { count: 40, span: SPANS.sign_in },
      authentication: { count: 2, span: SPANS.authentication },
      keys: { count: 2, span: SPANS.keys },
      mails: { count: 2, span: SPANS.mails },
      recipients: { count: 2, span: SPANS.recipients },
    }),
})
let ada: Person
let bob: Person
let project: Project

beforeAll(async () => {
  ada = await signUp(service, 'Ada')
  bob = await signUp(limited, 'Bob')
  project = await createProject(service, ada)
})

const statusOf = (method: string, path: string, token?: string, body?: unknown) =>
  service.send(method, path, { token, body }).then(({ status }) => status)
const session = () => service.tokenOf(ada.email)

/** Something that a time is promised for: begun, it tells whether it still holds. */
type Promised = {
  seconds: number
  /** How the document and the mails say it. */
  says?: string
  begin: () => Promise<() => Promise<boolean>>
}

const confirms = (token: string) => async () =>
  (await statusOf('POST', '/v0/auth/confirm', undefined, { token })) === 200

/** Whether a stranger who wants the slug is given another. */
async function isKept(kind: 'projects' | 'organizations', slug: string): Promise<boolean> {
  const stranger = await signUp(service, 'Stranger')
  const path = kind === 'projects' ? `/v0/organizations/${await homeOf(stranger)}/projects` : '/v0/organizations'
  const { body } = await service.send('POST', path, { token: stranger.token, body: { name: 'Wanted', slug } })
  return Made.parse(body).slug !== slug
}
const Made = z.object({ slug: z.string() })
const homeOf = async (person: Person) => (await createProject(service, person)).organization

const TIMES: Record<string, Promised> = {
  'a sign-in link': {
    seconds: 30 * MINUTE,
    says: '30 minutes',
    begin: async () => {
      await statusOf('POST', '/v0/auth/login', undefined, { email: ada.email })
      return confirms(mailedToken(service, ada.email))
    },
  },
  'the link of a sign-up': {
    seconds: 30 * MINUTE,
    begin: async () => {
      const email = `${crypto.randomUUID()}@example.com`
      await statusOf('POST', '/v0/auth/signup', undefined, { name: 'New', email, i_agree: true })
      return confirms(mailedToken(service, email))
    },
  },
  'the link to a new address': {
    seconds: 30 * MINUTE,
    begin: async () => {
      const person = await signUp(service, 'Mover')
      const email = `${crypto.randomUUID()}@example.com`
      await statusOf('PATCH', `/v0/users/${person.uuid}`, person.token, { email })
      return confirms(mailedToken(service, email))
    },
  },
  'a session': {
    seconds: 30 * DAY,
    says: '30 days',
    begin: async () => {
      const { token } = await signUp(service, 'Visitor')
      return async () => (await statusOf('GET', '/v0/organizations', token)) === 200
    },
  },
  'an invitation to a project': {
    seconds: 7 * DAY,
    says: '7 days',
    begin: async () => {
      const guest = await signUp(service, 'Guest')
      const at = `projects/${project.uuid}`
      const { invite: token } = await invite(service, { token: session() }, { at, email: guest.email, role: 'viewer' })
      return async () =>
        (await statusOf('POST', '/v0/auth/accept', service.tokenOf(guest.email), { invite: token })) === 202
    },
  },
  'an invitation to an organization': {
    seconds: 7 * DAY,
    begin: async () => {
      const email = `${crypto.randomUUID()}@example.com`
      const at = `organizations/${project.organization}`
      const { invite: token } = await invite(service, { token: session() }, { at, email, role: 'leader' })
      return async () => (await statusOf('POST', '/trpc/auth.join', undefined, { invite: token })) === 200
    },
  },
  'the old slug of a renamed project': {
    seconds: 90 * DAY,
    says: '90 days',
    begin: async () => {
      const owner = await signUp(service, 'Owner')
      const own = await createProject(service, owner)
      service.wait(1)
      await statusOf('PATCH', `/v0/projects/${own.uuid}`, owner.token, { slug: `new-${own.uuid.slice(0, 23)}` })
      return () => isKept('projects', own.slug)
    },
  },
  'the old slug of a deleted project': {
    seconds: 90 * DAY,
    begin: async () => {
      const owner = await signUp(service, 'Owner')
      const own = await createProject(service, owner)
      await statusOf('DELETE', `/v0/projects/${own.uuid}`, owner.token)
      return () => isKept('projects', own.slug)
    },
  },
  'the old slug of a renamed organization': {
    seconds: 90 * DAY,
    begin: async () => {
      const owner = await signUp(service, 'Owner')
      const own = await createProject(service, owner)
      const slug = `new-${own.uuid.slice(0, 23)}`
      service.wait(1)
      await statusOf('PATCH', `/v0/organizations/${own.organization}`, owner.token, { slug })
      return () => isKept('organizations', own.slug)
    },
  },
  'a project key, verified': {
    seconds: 90,
    begin: async () => {
      const { key } = await createKey(service, { token: session() }, project, { name: 'ci', ttl: 90 })
      return async () => (await statusOf('GET', '/v0/verify', key)) === 200
    },
  },
  'a project key that memory holds': {
    seconds: 90,
    begin: async () => {
      const { key } = await createKey(service, { token: session() }, project, { name: 'ci', ttl: 90 })
      await statusOf('GET', '/v0/verify', key)
      return async () => (await statusOf('GET', '/v0/verify', key)) === 200
    },
  },
  'a project key, as a credential': {
    seconds: 90,
    begin: async () => {
      const { key } = await createKey(service, { token: session() }, project, { name: 'ci', ttl: 90 })
      return async () => (await statusOf('GET', `/v0/projects/${project.uuid}`, key)) === 200
    },
  },
  'a project key, introspected': {
    seconds: 90,
    begin: async () => {
      const { key } = await createKey(service, { token: session() }, project, { name: 'ci', ttl: 90 })
      return async () => {
        const asked = await service.send('POST', '/v0/introspect', { token: session(), ...formOf({ token: key }) })
        return asked.text.startsWith('{"active":true')
      }
    },
  },
  'a user key': {
    seconds: 90,
    begin: async () => {
      const { key } = await createUserKey(service, { ...ada, token: session() }, { name: 'cli', ttl: 90 })
      return async () => (await statusOf('GET', '/v0/organizations', key)) === 200
    },
  },
}

/** One more of what each limit counts; true where it is refused. */
const TRY: Record<Limited, () => Promise<{ status: number; headers: Headers }>> = {
  sign_in: () => limited.send('POST', '/v0/auth/login', { body: { email: `${crypto.randomUUID()}@example.com` } }),
  recipients: () => limited.send('POST', '/v0/auth/login', { body: { email: 'nobody@example.com' } }),
  authentication: () => limited.send('GET', '/v0/organizations', { token: 'x' }),
  keys: () =>
    limited.send('POST', `/v0/users/${bob.uuid}/keys`, { token: limited.tokenOf(bob.email), body: { name: 'a' } }),
  mails: () =>
    limited.send('PATCH', `/v0/users/${bob.uuid}`, {
      token: limited.tokenOf(bob.email),
      body: { email: `${crypto.randomUUID()}@example.com` },
    }),
}

let day = 0
beforeEach(() => {
  // A day of its own for each, which is a multiple of all spans.
  day += 100
  for (const { clock } of [service, limited]) clock.now = new Date(Date.UTC(2026, 4, 1 + day))
})
afterAll(() => {
  service.clock.now = START
})

describe.each(Object.entries(TIMES))('%s', (_, { seconds, begin }) => {
  test(`holds until the last second of ${seconds}, and no longer`, async () => {
    const holds = []
    for (const wait of [seconds - 1, seconds]) {
      const asked = await begin()
      service.wait(wait)
      holds.push(await asked())
    }
    expect(holds).toEqual([true, false])
  })
})

describe.each(LIMITED)('the limit %s', (name) => {
  test(`refuses until the last of its ${SPANS[name]} seconds, counts it down, and no longer`, async () => {
    const tries = name === 'sign_in' ? 40 : 2
    for (let index = 0; index < tries; index++) expect((await TRY[name]()).status).not.toBe(429)
    for (const left of [SPANS[name], SPANS[name] - 1, 1]) {
      limited.clock.now = new Date(Date.UTC(2026, 4, 1 + day) + (SPANS[name] - left) * 1000)
      const { status, headers } = await TRY[name]()
      expect([left, status, headers.get('retry-after')]).toEqual([left, 429, String(left)])
    }
    limited.wait(1)
    expect((await TRY[name]()).status).not.toBe(429)
  })
})

test('every time that the document and the mails name is in the table', () => {
  const texts = [JSON.stringify(describeApi(appRouter, SERVER)), ...service.mails.map(({ text }) => text)]
  const named = texts.flatMap((text) => text.match(/\b\d+ (second|minute|hour|day|week)s?\b/g) ?? [])
  // Tested elsewhere: how far back the calls of a key are told (usage.test.ts), the time of a body (late-bodies.slow.test.ts), and
  // how long an answer is remembered (idempotency.test.ts).
  const elsewhere = ['10 seconds', '24 hours']
  const said = Object.values(TIMES).flatMap(({ says }) => says ?? [])
  expect(new Set(named.filter((time) => !elsewhere.includes(time)))).toEqual(new Set(said))
})
