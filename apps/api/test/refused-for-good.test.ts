import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import { sweepNow } from './sweep.ts'
import { invite, mailedToken } from './tenant.ts'
import { createKey, createProject, createUserKey, keyOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project

beforeAll(async () => {
  ada = await signUp(service, 'Ada')
  project = await createProject(service, ada, 'private')
})

const MINUTE = 60 // s
const DAY = 24 * 60 * MINUTE
const LINK = 30 * MINUTE
const SESSION = 30 * DAY
const INVITATION = 7 * DAY
const KEY = 10 * DAY

const post = (path: string, body: unknown, token?: string) => service.send('POST', path, { token, body })
const call = (name: string, body: unknown, token?: string) => post(`/trpc/${name}`, body, token)
/** A session that was never refused: the clock outlives all others. */
const as = ({ email }: { email: string }) => service.tokenOf(email)
const asAdmin = () => as({ email: 'owner@localhost' })
const expectDone = async (answer: Promise<{ status: number }>) => expect((await answer).status).toBeLessThan(300)

const confirm = async (token: string) => (await post('/v0/auth/confirm', { token })).status
const session = async (token: string) => (await service.send('GET', '/v0/organizations', { token })).status
const verify = async (token: string) => (await service.send('GET', '/v0/verify', { token })).status
const signIn = async (email: string) => {
  await post('/v0/auth/login', { email })
  const { body } = await post('/v0/auth/confirm', { token: mailedToken(service, email) })
  return z.object({ token: z.string() }).parse(body).token
}
const ask = (person: Person, email: string) =>
  expectDone(service.send('PATCH', `/v0/users/${person.uuid}`, { token: as(person), body: { email } }))
const lock = (person: Person, locked: boolean) =>
  expectDone(service.send('PATCH', `/v0/users/${person.uuid}`, { token: asAdmin(), body: { locked } }))

/** The attempts to repeat; each returns the statuses of all ways to try it. */
type Attempt = () => Promise<number[]>
type Refused = { life: number; refuse: () => Promise<Attempt> }

/** The two ways to use an invitation, and the one to look at it. */
const useInvitation =
  (person: Person, invite: string): Attempt =>
  async () => [
    (await post('/v0/auth/accept', { invite }, as(person))).status,
    (await call('auth.join', { invite })).status,
    (await call('auth.inspectInvitation', { invite })).status,
  ]
const PLACES = {
  project: () => `projects/${project.uuid}`,
  organization: () => `organizations/${project.organization}`,
}

function invitationsTo(kind: keyof typeof PLACES, role: string): Record<string, Refused> {
  const invited = async () => {
    const person = await signUp(service, 'Guest')
    service.wait(1)
    const at = PLACES[kind]()
    return { person, at, ...(await invite(service, { token: as(ada) }, { at, email: person.email, role })) }
  }
  const member = ({ at, person }: { at: string; person: Person }) => `/v0/${at}/members/${person.uuid}`
  return {
    [`an accepted invitation to the ${kind}, its member removed`]: {
      life: INVITATION,
      refuse: async () => {
        const it = await invited()
        await expectDone(post('/v0/auth/accept', { invite: it.invite }, as(it.person)))
        await expectDone(service.send('DELETE', member(it), { token: as(ada) }))
        return useInvitation(it.person, it.invite)
      },
    },
    [`an invitation to the ${kind} by which somebody joined`]: {
      life: INVITATION,
      refuse: async () => {
        const it = await invited()
        // Only people without an account join by the link alone.
        await service.db.prisma.user.delete({ where: { uuid: it.person.uuid } })
        await expectDone(call('auth.join', { invite: it.invite }))
        return useInvitation(it.person, it.invite)
      },
    },
    [`a withdrawn invitation to the ${kind}`]: {
      life: INVITATION,
      refuse: async () => {
        const it = await invited()
        await expectDone(service.send('DELETE', `/v0/${it.at}/invitations/${it.uuid}`, { token: as(ada) }))
        return useInvitation(it.person, it.invite)
      },
    },
  }
}

const REFUSED: Record<string, Refused> = {
  'a used sign-in link': {
    life: LINK,
    refuse: async () => {
      await expectDone(post('/v0/auth/login', { email: ada.email }))
      const link = mailedToken(service, ada.email)
      expect(await confirm(link)).toBe(200)
      return async () => [await confirm(link), (await call('auth.inspectLink', { token: link })).status]
    },
  },
  'a used link of a sign-up': {
    life: LINK,
    refuse: async () => {
      const { email } = await signUp(service)
      const link = mailedToken(service, email)
      return async () => [await confirm(link), (await call('auth.inspectLink', { token: link })).status]
    },
  },
  'a session that was signed out': {
    life: SESSION,
    refuse: async () => {
      const token = await signIn(ada.email)
      await expectDone(call('auth.signOut', {}, token))
      return async () => [await session(token)]
    },
  },
  'a session and a link from before a lock, and an API token': {
    life: SESSION,
    refuse: async () => {
      const bob = await signUp(service, 'Bob')
      service.wait(1)
      const { key } = await createUserKey(service, bob, { name: 'ci' })
      await post('/v0/auth/login', { email: bob.email })
      const link = mailedToken(service, bob.email)
      await lock(bob, true)
      service.wait(2)
      await lock(bob, false)
      return async () => [await session(bob.token), await session(key), await confirm(link)]
    },
  },
  'a session and a link of an address that was given up': {
    life: SESSION,
    refuse: async () => {
      const bob = await signUp(service, 'Bob')
      service.wait(1)
      await post('/v0/auth/login', { email: bob.email })
      const link = mailedToken(service, bob.email)
      const email = `new-${bob.email}`
      await ask(bob, email)
      service.wait(1)
      expect(await confirm(mailedToken(service, email))).toBe(200)
      // Whoever has the address next, when it can no longer be restored, is not signed in by what was meant for another.
      await service.db.prisma.addressChange.deleteMany({ where: { oldEmail: bob.email } })
      await expectDone(post('/v0/auth/signup', { name: 'Eve', email: bob.email, i_agree: true }))
      service.wait(1)
      expect(await confirm(mailedToken(service, bob.email))).toBe(200)
      return async () => [await session(bob.token), await confirm(link)]
    },
  },
  'a used link of a new address': {
    life: LINK,
    refuse: async () => {
      const bob = await signUp(service, 'Bob')
      await ask(bob, `new-${bob.email}`)
      const link = mailedToken(service, `new-${bob.email}`)
      expect(await confirm(link)).toBe(200)
      return async () => [await confirm(link), (await call('auth.inspectLink', { token: link })).status]
    },
  },
  'the link of an address change that somebody else was quicker with': {
    life: LINK,
    refuse: async () => {
      const [eve, bob] = [await signUp(service, 'Eve'), await signUp(service, 'Bob')]
      const email = `wanted-${bob.email}`
      await ask(eve, email)
      const late = mailedToken(service, email)
      await ask(bob, email)
      expect(await confirm(mailedToken(service, email))).toBe(200)
      return async () => [await confirm(late), (await call('auth.inspectLink', { token: late })).status]
    },
  },
  'the link of an address change in whose place another was asked for': {
    life: LINK,
    refuse: async () => {
      const bob = await signUp(service, 'Bob')
      await ask(bob, `first-${bob.email}`)
      const first = mailedToken(service, `first-${bob.email}`)
      await ask(bob, `second-${bob.email}`)
      return async () => [await confirm(first), (await call('auth.inspectLink', { token: first })).status]
    },
  },
  'a revoked project key': {
    life: KEY,
    refuse: async () => {
      const key = await createKey(service, { token: as(ada) }, project, { name: 'ci', ttl: KEY })
      expect(await verify(key.key)).toBe(200)
      await expectDone(service.send('DELETE', keyOf(project, key), { token: as(ada) }))
      return async () => [await verify(key.key), (await service.send('GET', '/v0/projects', { token: key.key })).status]
    },
  },
  'a key of a deleted project': {
    life: KEY,
    refuse: async () => {
      const own = await createProject(service, { token: as(ada) })
      const { key } = await createKey(service, { token: as(ada) }, own, { name: 'ci', ttl: KEY })
      expect(await verify(key)).toBe(200)
      await expectDone(service.send('DELETE', `/v0/projects/${own.uuid}`, { token: as(ada) }))
      // A new project may have the slug; it is not the old one.
      const body = { name: 'again', slug: own.slug }
      await expectDone(post(`/v0/organizations/${own.organization}/projects`, body, as(ada)))
      return async () => [await verify(key), (await service.send('GET', '/v0/projects', { token: key })).status]
    },
  },
  'a revoked API token': {
    life: KEY,
    refuse: async () => {
      const owner = { ...ada, token: as(ada) }
      const { uuid, key } = await createUserKey(service, owner, { name: 'ci', ttl: KEY })
      expect(await session(key)).toBe(200)
      await expectDone(service.send('DELETE', `/v0/users/${ada.uuid}/keys/${uuid}`, { token: as(ada) }))
      return async () => [await session(key)]
    },
  },
  ...invitationsTo('project', 'viewer'),
  ...invitationsTo('organization', 'leader'),
}

/** Seconds since the refusal: through the whole life of what was refused, on both sides of its end, and beyond. */
const timesOf = (life: number) => [0, 1, life / 4, life / 2, life - DAY, life - 1, life, life + 1, life + DAY, 2 * life]

describe('is refused for good, whenever the sweep comes', () => {
  test.each(Object.entries(REFUSED))('%s', async (_, { life, refuse }) => {
    const attempt = await refuse()
    const start = service.clock.now.getTime()
    for (const seconds of timesOf(life).filter((time) => time >= 0)) {
      service.clock.now = new Date(start + seconds * 1000)
      expect(await sweepNow(service)).not.toBeNull()
      for (const status of await attempt()) {
        expect([seconds, status]).toEqual([seconds, expect.toBeOneOf([401, 403, 404])])
      }
    }
  })
})
