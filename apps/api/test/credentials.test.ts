import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { inputOf } from './inputs.ts'
import { procedures } from './procedures.ts'
import { startService } from './service.ts'
import { createPeople, createTenant, invite, type People, type Tenant } from './tenant.ts'
import { createKey, createProject, createUserKey, signUp } from './world.ts'

/** The columns of the table, with the credentials that each stands for. */
const COLUMNS = {
  anonymous: ['none'],
  'project key': ['project key'],
  'API token': ['user key', 'JWT for api_key'],
  session: ['session of yesterday', 'session of 61 minutes ago'],
  'session of the last hour': ['session of an hour ago', 'new session'],
} as const
type Credential = (typeof COLUMNS)[keyof typeof COLUMNS][number]

const service = await startService()
const { admin } = service
let people: People
let tenant: Tenant
let userKey: string

/** The caller is a server admin, so that nothing but the credential can be the reason of a refusal. */
beforeAll(async () => {
  people = await createPeople(service)
  tenant = await createTenant(service, people)
  await service.db.prisma.user.update({ where: { uuid: people.leader.uuid }, data: { admin: true } })
  userKey = (await createUserKey(service, people.leader, { name: 'caller' })).key
  service.wait(2 * 24 * 60 * 60)
})

const MINUTE = 60
const sessionOf = (age: number, audience: 'client' | 'api_key' = 'client') =>
  service.tokens.sign({
    audience,
    email: people.leader.email,
    now: new Date(service.clock.now.getTime() - age * 1000),
    ttl: 7 * 24 * 60 * MINUTE,
  })

const CREDENTIALS: Record<Credential, () => string | undefined> = {
  none: () => undefined,
  'project key': () => tenant.projectKey.key,
  'user key': () => userKey,
  'JWT for api_key': () => sessionOf(0, 'api_key'),
  'session of yesterday': () => sessionOf(24 * 60 * MINUTE),
  'session of 61 minutes ago': () => sessionOf(61 * MINUTE),
  'session of an hour ago': () => sessionOf(60 * MINUTE),
  'new session': () => sessionOf(0),
}

/** The next calls as a project key are those of a new one, which may rotate itself. */
async function asNewKey() {
  const wanted = { name: 'itself', self_rotation: true }
  tenant = { ...tenant, projectKey: await createKey(service, leader(), tenant.project, wanted) }
  return {}
}

const newAddress = () => `${crypto.randomUUID()}@example.com`
const linkTo = (email: string) => service.tokens.sign({ audience: 'auth', email, now: service.clock.now, ttl: MINUTE })
/** Somebody signed in now, in whose name the test prepares things. */
const leader = () => ({ token: sessionOf(0) })
const atProject = () => `projects/${tenant.project.uuid}`
const project = () => ({ project: tenant.project.uuid })
const organization = () => ({ organization: tenant.project.organization })
const invitationTo = async (at: string, email: string, role: string) =>
  (await invite(service, leader(), { at, email, role })).invite
const invitationOf = async (at: string, role: string) =>
  (await invite(service, leader(), { at, email: newAddress(), role })).uuid
const newKey = () => createKey(service, leader(), tenant.project, { name: 'target' })
const newUserKey = () => createUserKey(service, { ...people.leader, ...leader() }, { name: 'target' })
const self = () => ({ user: people.leader.uuid })

async function newMember(kind: 'project' | 'organization') {
  const { uuid: user } = await signUp(service, 'Member')
  const times = { created: service.clock.now, modified: service.clock.now }
  const { uuid: project, organization } = tenant.project
  if (kind === 'project') {
    await service.db.prisma.projectMember.create({ data: { project, user, role: 'viewer', ...times } })
  } else {
    await service.db.prisma.organizationMember.create({ data: { organization, user, role: 'leader', ...times } })
  }
  return user
}

/** A changed address, with the token of the link that restores it. */
async function restorable() {
  const { uuid } = await signUp(service, 'Moved')
  const email = newAddress()
  const expiration = new Date(service.clock.now.getTime() + 60 * MINUTE * 1000)
  const data = { user: uuid, oldEmail: email, signedIn: service.clock.now, changed: service.clock.now, expiration }
  const { id } = await service.db.prisma.addressChange.create({ data })
  const of = { audience: 'restore' as const, email, now: service.clock.now, ttl: MINUTE }
  return { token: service.tokens.sign({ ...of, change: String(id) }) }
}

/** Inputs with which a mutation succeeds, if the credential is enough; any other gets one that names the tenant's things. */
const INPUTS: Record<string, () => unknown> = {
  'auth.signUp': () => ({ name: 'New', email: newAddress(), i_agree: true }),
  'auth.login': () => ({ email: admin.email }),
  'auth.confirm': () => ({ token: linkTo(admin.email) }),
  'auth.accept': async () => {
    const other = await createProject(service, people.mate)
    const { invite: token } = await invite(service, people.mate, {
      at: `projects/${other.slug}`,
      email: people.leader.email,
      role: 'viewer',
    })
    return { invite: token }
  },
  'auth.inspectLink': () => ({ token: linkTo(admin.email) }),
  'auth.inspectInvitation': async () => ({ invite: await invitationTo(atProject(), newAddress(), 'viewer') }),
  'auth.join': async () => ({ invite: await invitationTo(atProject(), newAddress(), 'viewer') }),
  'auth.signOut': () => ({}),
  'auth.signOutEverywhere': () => ({}),
  'auth.inspectRestore': restorable,
  'auth.restoreAddress': restorable,
  'maintenance.mergeLimits': () => ({}),
  'maintenance.seal': () => ({}),
  'maintenance.signHeads': () => ({}),
  'maintenance.sweep': () => ({}),
  'maintenance.tellEnds': () => ({}),
  'organizationInvitations.create': () => ({ ...organization(), email: newAddress(), role: 'leader' }),
  'organizationInvitations.withdraw': async () => ({
    ...organization(),
    invitation: await invitationOf(`organizations/${tenant.project.organization}`, 'leader'),
  }),
  'organizationMembers.update': async () => ({ ...organization(), user: people.mate.uuid, role: 'leader' }),
  'organizationMembers.remove': async () => ({ ...organization(), user: await newMember('organization') }),
  'organizations.create': () => ({ name: 'New' }),
  'organizations.update': () => ({ ...organization(), name: 'Renamed' }),
  'projectInvitations.create': () => ({ ...project(), email: newAddress(), role: 'maintainer' }),
  'projectInvitations.withdraw': async () => ({ ...project(), invitation: await invitationOf(atProject(), 'viewer') }),
  'whoami.revoke': asNewKey,
  'whoami.rotate': asNewKey,
  'projectKeys.create': () => ({ ...project(), name: 'new' }),
  'projectKeys.createOnce': () => ({ ...project(), uuid: crypto.randomUUID(), name: 'new' }),
  'projectKeys.rename': async () => ({ ...project(), key: (await newKey()).uuid, name: 'renamed' }),
  'projectKeys.revoke': async () => ({ ...project(), key: (await newKey()).uuid }),
  'projectMembers.update': async () => ({ ...project(), user: people.viewer.uuid, role: 'developer' }),
  'projectMembers.remove': async () => ({ ...project(), user: await newMember('project') }),
  'projects.create': () => ({ ...organization(), name: 'New' }),
  'projects.update': () => ({ ...project(), name: 'Renamed' }),
  'projects.delete': async () => ({ project: (await createProject(service, leader())).slug }),
  'userKeys.create': () => ({ ...self(), name: 'new' }),
  'userKeys.createOnce': () => ({ ...self(), uuid: crypto.randomUUID(), name: 'new' }),
  'userKeys.rename': async () => ({ ...self(), key: (await newUserKey()).uuid, name: 'renamed' }),
  'userKeys.revoke': async () => ({ ...self(), key: (await newUserKey()).uuid }),
  'users.update': () => ({ ...self(), name: 'Renamed' }),
  'users.update: locked': () => ({ user: people.guest.uuid, locked: true }),
  'users.update: email': () => ({ ...self(), email: newAddress() }),
  'users.update: admin': () => ({ user: people.guest.uuid, admin: true }),
  'verification.introspect': () => ({ token: 'x' }),
}

/** The table of the document: who may, by the mutation. */
const [, section = ''] = readFileSync(join(import.meta.dirname, '../../../docs/permissions.md'), 'utf8').split(
  '## Which credential may do what',
)
const [[, ...columns] = [], , ...rows] = section
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').slice(1, -1))
  .map((cells) => cells.map((cell) => cell.trim()))
/** The row of every mutation that no other row names. */
const OTHERS = rows.find(([actions = '']) => actions.startsWith('every other call'))?.slice(1) ?? []
const TABLE = new Map(
  rows.flatMap(([actions = '', ...cells]) =>
    [...actions.matchAll(/`([^`]+)`/g)].map(([, action = '']): [string, string[]] => [action, cells]),
  ),
)

/** The answer of the service: `yes`, or `no` because of the credential. */
async function askAs(credential: Credential, action: string): Promise<string> {
  const body = await (INPUTS[action] ?? (() => inputOf(find(action), tenant)))()
  const token = CREDENTIALS[credential]()
  const { status, text } = await service.send('POST', `/trpc/${action.replace(/:.*/, '')}`, { token, body })
  // Signing out everywhere ends the sessions of the next calls, too.
  await service.db.prisma.user.updateMany({ data: { sessionsSince: null } })
  if (status === 401 || status === 403) return 'no'
  const isAllowed = status === 200 || (!(action in INPUTS) && status < 500)
  return isAllowed ? 'yes' : `${status}: ${text}`
}

const find = (action: string) => procedures.find(({ name }) => name === action) ?? expect.unreachable(action)

describe('the table of which credential may do what', () => {
  const mutations = procedures.filter(({ type }) => type === 'mutation').map(({ name }) => name)
  const actions = [...new Set([...mutations, ...TABLE.keys()])]

  test('names mutations of the router alone', () => {
    expect(columns).toEqual(Object.keys(COLUMNS))
    const named = [...TABLE.keys(), ...Object.keys(INPUTS)].map((action) => action.replace(/:.*/, ''))
    expect(named.filter((name) => !mutations.includes(name))).toEqual([])
    expect(OTHERS).toHaveLength(columns.length)
  })

  test.each(actions)('is what is answered for %s', async (action) => {
    const cells = TABLE.get(action) ?? OTHERS
    for (const [index, credentials] of Object.values(COLUMNS).entries()) {
      for (const credential of credentials) {
        expect([credential, await askAs(credential, action)]).toEqual([credential, cells[index]])
      }
    }
  })
})

test('an API token is told to sign in, and an old session to sign in again', async () => {
  const { mate } = people
  const ask = (credential: Credential, body: unknown) =>
    service.send('PATCH', `/v0/users/${people.leader.uuid}`, { token: CREDENTIALS[credential](), body })
  const email = newAddress()
  for (const credential of COLUMNS['API token']) {
    expect(await ask(credential, { email })).toMatchObject({ status: 403, body: { error_code: 'session_required' } })
    const path = `/v0/${atProject()}/members/${mate.uuid}`
    const { status, body } = await service.send('DELETE', path, { token: CREDENTIALS[credential]() })
    expect([status, body]).toMatchObject([403, { error_code: 'session_required' }])
  }
  expect(await ask('session of yesterday', { email })).toMatchObject({
    status: 403,
    body: { error_code: 'recent_sign_in_required' },
  })
})
