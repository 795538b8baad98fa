import type { Tokens } from '@project-keys/keys'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startService } from './service.ts'
import { invite, mailedToken } from './tenant.ts'
import { createProject, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let leader: Person
let project: Project

beforeAll(async () => {
  leader = await signUp(service, 'Leader')
  project = await createProject(service, leader)
})
beforeEach(() => service.wait(2))

type Audience = Parameters<Tokens['sign']>[0]['audience']
const MAILED = [
  'sign-in link',
  'sign-up link',
  'new-address link',
  'invitation without an account',
  'invitation, signed in',
  'link that restores an address',
] as const
type Mailed = (typeof MAILED)[number]

/** How each kind of token travels by mail; a new audience needs a line here. */
const AUDIENCES: Record<Audience, readonly Mailed[]> = {
  client: [],
  api_key: [],
  auth: ['sign-in link', 'sign-up link', 'new-address link'],
  invite: ['invitation without an account', 'invitation, signed in'],
  restore: ['link that restores an address'],
}

const post = (path: string, body: unknown, token?: string) => service.send('POST', path, { body, token })
const patch = (person: Person, body: unknown, token = service.tokenOf('owner@localhost')) =>
  service.send('PATCH', `/v0/users/${person.uuid}`, { body, token })
const newAddress = () => `${crypto.randomUUID()}@example.com`
const session = ({ email }: Person) => service.tokenOf(email)
const confirm = (token: string) => post('/v0/auth/confirm', { token })

/** The address that a link goes to, and what is done with it; its status says whether it is good. */
type Sent = { to: string; use: () => Promise<{ status: number }> }
const MAIL: Record<Mailed, (person: Person) => Promise<Sent>> = {
  'sign-in link': async ({ email }) => {
    await post('/v0/auth/login', { email })
    const token = mailedToken(service, email)
    return { to: email, use: () => confirm(token) }
  },
  'sign-up link': async ({ email }) => {
    await post('/v0/auth/signup', { name: 'Again', email, i_agree: true })
    const token = mailedToken(service, email)
    return { to: email, use: () => confirm(token) }
  },
  'new-address link': async (person) => {
    const to = newAddress()
    await patch(person, { email: to }, session(person))
    const token = mailedToken(service, to)
    return { to, use: () => confirm(token) }
  },
  'invitation without an account': async () => {
    const invited = { at: `projects/${project.uuid}`, email: newAddress(), role: 'viewer' }
    const { invite: token } = await invite(service, { token: session(leader) }, invited)
    return { to: invited.email, use: () => post('/trpc/auth.join', { invite: token }) }
  },
  'invitation, signed in': async (person) => {
    const invited = { at: `projects/${project.uuid}`, email: person.email, role: 'viewer' }
    const { invite: token } = await invite(service, { token: session(leader) }, invited)
    return { to: person.email, use: () => post('/v0/auth/accept', { invite: token }, session(person)) }
  },
  'link that restores an address': async (person) => {
    const to = person.email
    Object.assign(person, { email: await moveAway(person) })
    const token = mailedToken(service, to)
    return { to, use: () => post('/trpc/auth.restoreAddress', { token }) }
  },
}

const STATES = [
  'as they were',
  'after the link was used',
  'locked',
  'unlocked again',
  'renamed',
  'with another address',
  'whose address somebody else has now',
  'signed out',
] as const
type State = (typeof STATES)[number]

async function moveAway(person: Person) {
  const to = newAddress()
  await patch(person, { email: to }, session(person))
  expect((await confirm(mailedToken(service, to))).status).toBe(200)
  return to
}
/** As others can when the former owner can no longer restore the address. */
async function takeAddress(email: string) {
  await service.db.prisma.addressChange.deleteMany({ where: { oldEmail: email } })
  await post('/v0/auth/signup', { name: 'Another', email, i_agree: true })
  await confirm(mailedToken(service, email))
}

/** The change of the user between the mail and the use of its link. */
const BECOMES: Record<State, (person: Person, sent: Sent) => Promise<unknown>> = {
  'as they were': async () => {},
  'after the link was used': async (_, { use }) => expect((await use()).status).toBeLessThan(300),
  locked: (person) => patch(person, { locked: true }),
  'unlocked again': async (person) => {
    await patch(person, { locked: true })
    service.wait(2)
    await patch(person, { locked: false })
    service.wait(2)
  },
  renamed: (person) => patch(person, { name: 'Renamed', slug: `r-${person.uuid}` }),
  'with another address': moveAway,
  'whose address somebody else has now': async (person, { to }) => {
    if (to === person.email) await moveAway(person)
    service.wait(2)
    await takeAddress(to)
    service.wait(2)
  },
  'signed out': (person) => post('/trpc/auth.signOut', {}, person.token),
}

/** The answer of each link for each user; a new kind or state needs a row or a column. */
const TABLE: Record<Mailed, Record<State, number>> = {
  'sign-in link': {
    'as they were': 200,
    'after the link was used': 401,
    locked: 401,
    'unlocked again': 401,
    renamed: 200,
    'with another address': 401,
    'whose address somebody else has now': 401,
    'signed out': 200,
  },
  'sign-up link': {
    'as they were': 200,
    'after the link was used': 401,
    locked: 401,
    'unlocked again': 401,
    renamed: 200,
    'with another address': 401,
    'whose address somebody else has now': 401,
    'signed out': 200,
  },
  'new-address link': {
    'as they were': 200,
    'after the link was used': 401,
    locked: 401,
    'unlocked again': 401,
    renamed: 200,
    'with another address': 401,
    'whose address somebody else has now': 401,
    'signed out': 200,
  },
  'invitation without an account': {
    'as they were': 200,
    'after the link was used': 404,
    locked: 200,
    'unlocked again': 200,
    renamed: 200,
    'with another address': 200,
    'whose address somebody else has now': 403,
    'signed out': 200,
  },
  'invitation, signed in': {
    'as they were': 202,
    'after the link was used': 404,
    locked: 401,
    'unlocked again': 202,
    renamed: 202,
    'with another address': 401,
    'whose address somebody else has now': 202,
    'signed out': 202,
  },
  'link that restores an address': {
    'as they were': 200,
    'after the link was used': 401,
    locked: 200,
    'unlocked again': 200,
    renamed: 200,
    'with another address': 200,
    'whose address somebody else has now': 401,
    'signed out': 200,
  },
}

describe.each(MAILED)('the %s', (kind) => {
  test.each(STATES)('of a user %s', async (state) => {
    const person = await signUp(service, 'Bob')
    const sent = await MAIL[kind](person)
    await BECOMES[state](person, sent)
    expect((await sent.use()).status).toBe(TABLE[kind][state])
    // A second use has no effect, whatever the first one did.
    expect((await sent.use()).status).toBeGreaterThanOrEqual(400)
  })
})

test('each audience that is mailed has its rows', () => {
  expect(Object.values(AUDIENCES).flat().sort()).toEqual([...MAILED].sort())
})
