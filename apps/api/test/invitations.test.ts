import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import { invite, mailedToken } from './tenant.ts'
import { addMember, createProject, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project
let atProject: string
let atOrganization: string

beforeAll(async () => {
  ada = await signUp(service, 'Ada <b>')
  project = await createProject(service, ada, 'private')
  atProject = `projects/${project.slug}`
  atOrganization = `organizations/${project.organization}`
})

const send = (method: string, path: string, person: { token?: string } = {}, body?: unknown) =>
  service.send(method, `/v0/${path}`, { token: person.token, body })
const accept = async (person: Person, invite: string) => (await send('POST', 'auth/accept', person, { invite })).status
const call = (name: string, input: unknown) => service.send('POST', `/trpc/${name}`, { body: input })
const Session = z.object({
  result: z.object({ data: z.object({ token: z.string(), user: z.object({ uuid: z.string(), name: z.string() }) }) }),
})
const role = async (at: string, { uuid }: { uuid: string }) => {
  const { status, body } = await send('GET', `${at}/members/${uuid}`, ada)
  return status === 200 ? z.object({ role: z.string() }).parse(body).role : null
}

test('an invitation gives its role also to a person who became a member in the meantime', async () => {
  const bob = await signUp(service, 'Bob')
  const { invite: token } = await invite(service, ada, { at: atProject, email: bob.email, role: 'maintainer' })
  const times = { created: service.clock.now, modified: service.clock.now }
  await service.db.prisma.projectMember.create({
    data: { project: project.uuid, user: bob.uuid, role: 'viewer', ...times },
  })
  expect(await accept(bob, token)).toBe(202)
  expect(await role(atProject, bob)).toBe('maintainer')
})

describe.each([
  ['a project', () => atProject, 'developer', 'viewer'],
  ['an organization', () => atOrganization, 'leader', 'leader'],
] as const)('an invitation to %s', (_, place, first, second) => {
  test('is a pending row and a mail until it is accepted, once', async () => {
    const bob = await signUp(service, 'Bob')
    const at = place()
    const sent = await send('POST', `${at}/members`, ada, { email: bob.email.toUpperCase(), role: first, name: 'Bob' })
    expect([sent.status, sent.body]).toEqual([202, { email: bob.email }])
    expect(service.mails.at(-1)).toMatchObject({
      to: bob.email,
      subject: `Ada <b> invites you to ${project.slug}`,
      text: expect.stringContaining(`as its ${first}`),
      html: expect.stringContaining('Ada &lt;b&gt; invites you'),
      url: expect.stringMatching(/^http:\/\/localhost:3000\/auth\/accept\?token=[\w.-]+$/),
    })
    expect((await send('GET', `${at}/invitations`, ada)).body).toEqual([
      {
        uuid: expect.any(String),
        email: bob.email,
        role: first,
        created: '2026-05-01T12:00:00Z',
        expiration: '2026-05-08T12:00:00Z',
      },
    ])
    expect(await role(at, bob)).toBeNull()

    const token = mailedToken(service, bob.email)
    const { status, body } = await send('POST', 'auth/accept', bob, { invite: token })
    expect([status, body]).toEqual([202, { email: bob.email }])
    expect(await role(at, bob)).toBe(first)
    expect(await accept(bob, token)).toBe(404)
    const left = await send('GET', `${at}/invitations`, ada)
    expect([left.body, left.headers.get('x-total-count')]).toEqual([[], '0'])
  })

  test('is accepted by one of many at once', async () => {
    const bob = await signUp(service, 'Bob')
    const { invite: token } = await invite(service, ada, { at: place(), email: bob.email, role: first })
    const statuses = await Promise.all([1, 2, 3, 4, 5].map(() => accept(bob, token)))
    expect(statuses.sort()).toEqual([202, 404, 404, 404, 404])
  })

  test('is for its very address: 403 to another', async () => {
    const [bob, eve] = [await signUp(service, 'Bob'), await signUp(service, 'Eve')]
    const { invite: token } = await invite(service, ada, { at: place(), email: bob.email, role: first })
    expect(await accept(eve, token)).toBe(403)
    expect(await role(place(), eve)).toBeNull()
    expect(await accept(bob, token)).toBe(202)
  })

  test('that was withdrawn is worth nothing; withdrawing again is a 404', async () => {
    const bob = await signUp(service, 'Bob')
    const { uuid, invite: token } = await invite(service, ada, { at: place(), email: bob.email, role: first })
    const withdraw = async () => (await send('DELETE', `${place()}/invitations/${uuid}`, ada)).status
    expect([await withdraw(), await withdraw()]).toEqual([204, 404])
    expect(await accept(bob, token)).toBe(404)
    expect((await send('DELETE', `${place()}/invitations/x`, ada)).status).toBe(400)
  })

  test('sent again takes the place of the former, whose link ends, with the role it has now', async () => {
    const bob = await signUp(service, 'Bob')
    const former = await invite(service, ada, { at: place(), email: bob.email, role: first })
    const again = await invite(service, ada, { at: place(), email: bob.email, role: second })
    expect(await accept(bob, former.invite)).toBe(404)
    expect(await accept(bob, again.invite)).toBe(202)
    expect(await role(place(), bob)).toBe(second)
  })

  test('that has expired is worth nothing', async () => {
    const bob = await signUp(service, 'Bob')
    const { invite: token } = await invite(service, ada, { at: place(), email: bob.email, role: first })
    const start = service.clock.now
    service.wait(7 * 24 * 60 * 60)
    expect(await accept({ ...bob, token: service.tokenOf(bob.email) }, token)).toBe(401)
    service.clock.now = start
  })

  test('of who is a member already is a 409', async () => {
    const { email, uuid } = ada
    expect((await send('POST', `${place()}/members`, ada, { email, role: first })).status).toBe(409)
    expect(await role(place(), { uuid })).not.toBeNull()
  })

  test.each([
    {},
    { email: 'bob@example.com' },
    { email: 'bob@example.com', role: 'owner' },
    { email: 'bob', role: 'x' },
    { email: 'bob@example.com', role: ['viewer'] },
  ])('refuses %j with 400', async (body) => {
    expect((await send('POST', `${place()}/members`, ada, body)).status).toBe(400)
  })

  test('makes an account of who has none, by its link alone', async () => {
    const email = `joins-${first}@example.com`
    const { invite: token } = await invite(service, ada, { at: place(), email, role: first })
    const shown = await call('auth.inspectInvitation', { invite: token })
    expect(JSON.parse(shown.text)).toMatchObject({
      result: { data: { email, known: false, place: project.slug, role: first, inviter: 'Ada <b>' } },
    })
    const { user, token: session } = Session.parse(
      JSON.parse((await call('auth.join', { invite: token, name: 'Joined' })).text),
    ).result.data
    expect(user.name).toBe('Joined')
    expect(await role(place(), user)).toBe(first)
    expect((await send('GET', `users/${user.uuid}`, { token: session })).status).toBe(200)
    expect((await call('auth.join', { invite: token, name: 'Again' })).status).toBe(404)
    expect((await call('auth.inspectInvitation', { invite: token })).status).toBe(404)
  })
})

describe('an invitation', () => {
  test('to a project that was deleted is worth nothing', async () => {
    const bob = await signUp(service, 'Bob')
    const short = await createProject(service, ada)
    const { invite: token } = await invite(service, ada, {
      at: `projects/${short.slug}`,
      email: bob.email,
      role: 'viewer',
    })
    await send('DELETE', `projects/${short.slug}`, ada)
    expect(await accept(bob, token)).toBe(404)
    expect((await call('auth.inspectInvitation', { invite: token })).status).toBe(404)
    expect((await call('auth.join', { invite: token })).status).toBe(404)
  })

  test('signs nobody in who has an account, locked or not, however old: they sign in first', async () => {
    const [bob, locked] = [await signUp(service, 'Bob'), await signUp(service, 'Locked')]
    await send('PATCH', `users/${locked.uuid}`, service.admin, { locked: true })
    for (const { email } of [bob, locked, service.admin]) {
      const { invite: token } = await invite(service, ada, { at: atProject, email, role: 'viewer' })
      expect((await call('auth.join', { invite: token })).status).toBe(403)
    }
    expect([await role(atProject, bob), await role(atProject, locked)]).toEqual([null, null])
  })

  test('is no credential, and no sign-in link; a session is no invitation', async () => {
    const bob = await signUp(service, 'Bob')
    const { invite: token } = await invite(service, ada, { at: atProject, email: bob.email, role: 'viewer' })
    expect((await send('GET', 'organizations', { token })).status).toBe(401)
    expect((await send('POST', 'auth/confirm', {}, { token })).status).toBe(401)
    expect(await accept(bob, bob.token)).toBe(401)
    expect((await call('auth.join', { invite: bob.token })).status).toBe(401)
  })

  test('to one project opens no other, however its claims are called', async () => {
    const [bob, other] = [await signUp(service, 'Bob'), await createProject(service, ada, 'private')]
    const place = { kind: 'project' as const, uuid: other.uuid, role: 'maintainer' }
    const claims = { audience: 'invite' as const, email: bob.email, now: service.clock.now, ttl: 3600 }
    await invite(service, ada, { at: atProject, email: bob.email, role: 'viewer' })
    expect(await accept(bob, service.tokens.sign({ ...claims, place }))).toBe(404)
    expect(await accept(bob, service.tokens.sign(claims))).toBe(401)
  })

  test('gives the role of its row, whatever its token says', async () => {
    const bob = await signUp(service, 'Bob')
    await invite(service, ada, { at: atProject, email: bob.email, role: 'viewer' })
    const place = { kind: 'project' as const, uuid: project.uuid, role: 'maintainer' }
    const claims = { audience: 'invite' as const, email: bob.email, now: service.clock.now, ttl: 3600 }
    expect(await accept(bob, service.tokens.sign({ ...claims, place }))).toBe(202)
    expect(await role(atProject, bob)).toBe('viewer')
  })

  test('is for who may invite: a developer may not, nor look at who is invited', async () => {
    const developer = await addMember(service, project, 'developer')
    const body = { email: 'eve@example.com', role: 'viewer' }
    expect((await send('POST', `${atProject}/members`, developer, body)).status).toBe(403)
    expect((await send('GET', `${atProject}/invitations`, developer)).status).toBe(403)
  })

  test('of one address to one place many times at once is one row', async () => {
    const body = { email: 'many@example.com', role: 'viewer' }
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => send('POST', `${atProject}/members`, ada, body)))
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(202))
    expect((await send('GET', `${atProject}/invitations?search=many`, ada)).headers.get('x-total-count')).toBe('1')
  })
})
