import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startService } from './service.ts'
import { invite, mailedToken } from './tenant.ts'
import { addMember, createProject, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project
let at: string

beforeAll(async () => {
  ada = await signUp(service, 'Ada')
})
beforeEach(async () => {
  project = await createProject(service, ada, 'private')
  at = `projects/${project.slug}`
})

const send = (method: string, path: string, { token }: { token?: string } = {}, body?: unknown) =>
  service.send(method, path, { token, body })
const accept = async ({ token }: Person, invite: string) =>
  (await send('POST', '/v0/auth/accept', { token }, { invite })).status
const join = async (invite: string) => (await send('POST', '/trpc/auth.join', {}, { invite, name: 'Joined' })).status
const inspect = async (invite: string) => (await send('POST', '/trpc/auth.inspectInvitation', {}, { invite })).status
const remove = (path: string, { uuid }: { uuid: string }, by: { token: string }) =>
  send('DELETE', `/v0/${path}/members/${uuid}`, by)
const newAddress = () => `${crypto.randomUUID()}@example.com`
const isMember = async ({ uuid }: Person) => (await send('GET', `/v0/${at}/members/${uuid}`, ada)).status === 200

/** A link as Bencher makes it: it names no invitation. */
const foreignLink = (email: string, now = service.clock.now) =>
  service.tokens.sign({
    audience: 'invite',
    email,
    now,
    ttl: 3600,
    place: { kind: 'project', uuid: project.uuid, role: 'viewer' },
  })

describe('a link to an invitation', () => {
  test('that was used is dead, also after a second invitation', async () => {
    const bob = await signUp(service, 'Bob')
    const first = await invite(service, ada, { at, email: bob.email, role: 'viewer' })
    expect(await accept(bob, first.invite)).toBe(202)
    await remove(at, bob, ada)
    const second = await invite(service, ada, { at, email: bob.email, role: 'maintainer' })
    expect([await inspect(first.invite), await join(first.invite), await accept(bob, first.invite)]).toEqual([
      404, 404, 404,
    ])
    expect(await isMember(bob)).toBe(false)
    expect(await accept(bob, second.invite)).toBe(202)
  })

  test('that was withdrawn is dead, also after a second invitation', async () => {
    const email = newAddress()
    const first = await invite(service, ada, { at, email, role: 'viewer' })
    await send('DELETE', `/v0/${at}/invitations/${first.uuid}`, ada)
    const second = await invite(service, ada, { at, email, role: 'viewer' })
    expect([await inspect(first.invite), await join(first.invite)]).toEqual([404, 404])
    expect(await join(second.invite)).toBe(200)
  })

  test('makes one account and one member of many who use it at once', async () => {
    const email = newAddress()
    const { invite: token } = await invite(service, ada, { at, email, role: 'viewer' })
    const statuses = await Promise.all([1, 2, 3, 4, 5].map(() => join(token)))
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(await join(token)).toBe(404)
  })

  test('makes no account where the invitation is gone', async () => {
    const email = newAddress()
    const { uuid, invite: token } = await invite(service, ada, { at, email, role: 'viewer' })
    await send('DELETE', `/v0/${at}/invitations/${uuid}`, ada)
    expect(await join(token)).toBe(404)
    expect(await service.db.prisma.user.count({ where: { email } })).toBe(0)
  })

  test('names an account as the person who joins wants, not as a stranger who signed up with the address', async () => {
    const email = newAddress()
    const signUp = { name: 'Idiot', slug: 'idiot', email, i_agree: true }
    await send('POST', '/v0/auth/signup', {}, signUp)
    const { invite: token } = await invite(service, ada, { at, email, role: 'viewer' })
    expect(await join(token)).toBe(200)
    expect(await service.db.prisma.user.findUnique({ where: { email } })).toMatchObject({ name: 'Joined' })
  })

  test('signs in nobody who has an account, and says to sign in first', async () => {
    const bob = await signUp(service, 'Bob')
    for (const { email } of [bob, service.admin]) {
      const { invite: token } = await invite(service, ada, { at, email, role: 'viewer' })
      const { status, text } = await send('POST', '/trpc/auth.join', {}, { invite: token })
      expect([status, text]).toEqual([403, expect.stringContaining('"account_exists"')])
    }
  })
})

describe('a link that names no invitation', () => {
  test('is good for one that was there when it was signed, once', async () => {
    const bob = await signUp(service, 'Bob')
    await invite(service, ada, { at, email: bob.email, role: 'viewer' })
    const link = foreignLink(bob.email)
    expect(await accept(bob, link)).toBe(202)
    await remove(at, bob, ada)
    await invite(service, ada, { at, email: bob.email, role: 'viewer' })
    expect([await inspect(link), await accept(bob, link)]).toEqual([404, 404])
  })

  test('is not good for one that came later', async () => {
    const bob = await signUp(service, 'Bob')
    const link = foreignLink(bob.email)
    service.wait(1)
    await invite(service, ada, { at, email: bob.email, role: 'viewer' })
    expect(await accept(bob, link)).toBe(404)
  })
})

describe('an invitation of somebody who may no longer invite', () => {
  const takings: [string, (inviter: Person) => Promise<unknown>][] = [
    ['is removed', (inviter) => remove(at, inviter, ada)],
    ['leaves', (inviter) => remove(at, inviter, inviter)],
    [
      'gets a smaller role',
      (inviter) => send('PATCH', `/v0/${at}/members/${inviter.uuid}`, ada, { role: 'developer' }),
    ],
    ['is locked', (inviter) => send('PATCH', `/v0/users/${inviter.uuid}`, service.admin, { locked: true })],
  ]

  test.each(takings)('is withdrawn when the inviter %s, and stays so when the right is back', async (_, takeAway) => {
    const maintainer = await addMember(service, project, 'maintainer')
    const email = newAddress()
    const { invite: token } = await invite(service, maintainer, { at, email, role: 'maintainer' })
    expect(await inspect(token)).toBe(200)
    await takeAway(maintainer)
    expect(await service.db.prisma.invitation.count({ where: { email } })).toBe(0)
    await service.db.prisma.user.update({ where: { uuid: maintainer.uuid }, data: { locked: false } })
    await service.db.prisma.projectMember.upsert({
      where: { user_project: { user: maintainer.uuid, project: project.uuid } },
      create: {
        user: maintainer.uuid,
        project: project.uuid,
        role: 'maintainer',
        created: new Date(),
        modified: new Date(),
      },
      update: { role: 'maintainer' },
    })
    expect([await inspect(token), await join(token)]).toEqual([404, 404])
  })

  test('is withdrawn when a leader is removed, in the projects of the organization, too', async () => {
    const mate = await signUp(service, 'Mate')
    const organization = `organizations/${project.organization}`
    const { invite: token } = await invite(service, ada, { at: organization, email: mate.email, role: 'leader' })
    await accept(mate, token)
    const invited = [
      await invite(service, mate, { at, email: newAddress(), role: 'viewer' }),
      await invite(service, mate, { at: organization, email: newAddress(), role: 'leader' }),
    ]
    expect((await remove(organization, mate, ada)).status).toBe(204)
    for (const { invite: token } of invited) expect(await inspect(token)).toBe(404)
    expect(await service.db.prisma.invitation.count({ where: { inviter: mate.uuid } })).toBe(0)
  })

  test('is withdrawn when a server admin becomes an ordinary user, unless they may invite there as well', async () => {
    const bob = await signUp(service, 'Bob')
    const own = await createProject(service, bob)
    await send('PATCH', `/v0/users/${bob.uuid}`, service.admin, { admin: true })
    const foreign = await invite(service, bob, { at, email: newAddress(), role: 'viewer' })
    const kept = await invite(service, bob, { at: `projects/${own.slug}`, email: newAddress(), role: 'viewer' })
    await send('PATCH', `/v0/users/${bob.uuid}`, service.admin, { admin: false })
    expect([await inspect(foreign.invite), await inspect(kept.invite)]).toEqual([404, 200])
    await send('PATCH', `/v0/users/${bob.uuid}`, service.admin, { admin: true })
    expect(await inspect(foreign.invite)).toBe(404)
  })

  test('is not accepted, however the right was taken away', async () => {
    const maintainer = await addMember(service, project, 'maintainer')
    const bob = await signUp(service, 'Bob')
    const { invite: token } = await invite(service, maintainer, { at, email: bob.email, role: 'maintainer' })
    await service.db.prisma.projectMember.deleteMany({ where: { user: maintainer.uuid } })
    expect([await inspect(token), await accept(bob, token)]).toEqual([404, 404])
    expect(await isMember(bob)).toBe(false)
  })

  test('is not sent in the moment after the right was taken away', async () => {
    for (let round = 0; round < 5; round++) {
      const maintainer = await addMember(service, project, 'maintainer')
      const email = newAddress()
      await Promise.all([
        send('POST', `/v0/${at}/members`, maintainer, { email, role: 'maintainer' }),
        remove(at, maintainer, ada),
      ])
      expect(await service.db.prisma.invitation.count({ where: { email } })).toBe(0)
    }
  })
})

test('the mail of an invitation leads to it', async () => {
  const email = newAddress()
  await send('POST', `/v0/${at}/members`, ada, { email, role: 'viewer' })
  expect(await inspect(mailedToken(service, email))).toBe(200)
})
