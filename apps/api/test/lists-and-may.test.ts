import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { callTrpc } from './inputs.ts'
import { procedures } from './procedures.ts'
import { START, startService } from './service.ts'
import { createPeople, createTenant, type Tenant } from './tenant.ts'
import { createKey, createProject, createUserKey, keyOf, signUp } from './world.ts'

// Each list of the router is compared, item by item, with what its caller may view: neither may know more.

const service = await startService()
const { pool, prisma } = service.db

let tenants: Tenant[]
let callers: Record<string, string | undefined>

beforeAll(async () => {
  const [ours, theirs] = [await createPeople(service), await createPeople(service)]
  tenants = []
  for (const people of [ours, theirs]) {
    for (const visibility of ['public', 'private']) {
      const tenant = await createTenant(service, people, visibility)
      const revoked = await createKey(service, people.leader, tenant.project, { name: 'revoked' })
      await service.send('DELETE', keyOf(tenant.project, revoked), people.leader)
      tenants.push(tenant)
    }
  }
  const [, own, foreignPublic, foreign] = tenants
  if (!own || !foreignPublic || !foreign) throw new Error('A tenant is missing.')
  const times = { created: START, modified: START }
  // Leads an organization and is in none of its projects; is something else at each project.
  const [onlyLeader, mixed] = [await signUp(service, 'Only leader'), await signUp(service, 'Mixed')]
  const leader = { organization: foreign.project.organization, role: 'leader' as const, ...times }
  await prisma.organizationMember.create({ data: { user: onlyLeader.uuid, ...leader } })
  await prisma.projectMember.createMany({
    data: [
      { project: own.project.uuid, user: mixed.uuid, role: 'viewer', ...times },
      { project: foreignPublic.project.uuid, user: mixed.uuid, role: 'maintainer', ...times },
      { project: foreign.project.uuid, user: mixed.uuid, role: 'developer', ...times },
    ],
  })
  const { rows } = await service.db.pool.query<{ uuid: string; project: string }>(
    'SELECT uuid, project FROM project_keys',
  )
  for (const { uuid, project } of rows) projectOf.set(uuid, project)
  const gone = await createProject(service, ours.leader)
  await service.send('DELETE', `/v0/projects/${gone.slug}`, ours.leader)
  const { key: userKey } = await createUserKey(service, ours.maintainer, { name: 'credential' })
  const { leader: l, maintainer, developer, viewer, mate, guest } = ours
  const people = { leader: l, maintainer, developer, viewer, mate, guest, onlyLeader, mixed, admin: service.admin }
  callers = {
    ...Object.fromEntries(Object.entries(people).map(([name, { token }]) => [name, token])),
    outsider: (await signUp(service, 'Outsider')).token,
    'user key': userKey,
    'project key': own.projectKey.key,
    anonymous: undefined,
  }
})

type Input = Record<string, unknown>
type List = {
  /** Each way to ask for it, and all that such a list could hold, as SQL. */
  inputs: () => Promise<Input[]>
  all: (input: Input) => string
  /** Shows one item, to whom it is to be listed. */
  view: string
  one: (uuid: string, input: Input) => Input
}

const projects = async () => tenants.map(({ project }) => ({ project: project.uuid }))
const organizations = async () => tenants.map(({ project }) => ({ organization: project.organization }))
const users = async () =>
  [tenants[1], tenants[2]].flatMap((tenant) => (tenant ? [{ user: tenant.maintainer.uuid }] : []))
/** REST asks for revoked keys by `revoked`, the console by `state`; each ignores the parameter of the other. */
const inBothStates = (places: () => Promise<Input[]>) => async () =>
  (await places()).flatMap((place) => [place, { ...place, revoked: true, state: 'revoked' }])
/** The projects of the keys. */
const projectOf = new Map<string, string>()
const nowhere = async () => [{}]
const state = ({ revoked }: Input) => (revoked ? 'revoked IS NOT NULL' : 'revoked IS NULL')

const keysOf = (view: string): List => ({
  inputs: inBothStates(projects),
  all: (input) => `SELECT uuid FROM project_keys WHERE project = '${input.project}' AND ${state(input)}`,
  view,
  one: (key, { project }) => ({ project, key }),
})
const userKeysOf = (view: string): List => ({
  inputs: inBothStates(users),
  all: (input) => `SELECT uuid FROM user_keys WHERE "user" = '${input.user}' AND ${state(input)}`,
  view,
  one: (key, { user }) => ({ user, key }),
})
const membersOf = (kind: 'project' | 'organization'): List => ({
  inputs: kind === 'project' ? projects : organizations,
  all: (input) => `SELECT "user" AS uuid FROM ${kind}_members WHERE ${kind} = '${input[kind]}'`,
  view: `${kind}Members.view`,
  one: (user, input) => ({ ...input, user }),
})
const madeKeys: List = {
  inputs: inBothStates(users),
  all: (input) => `SELECT uuid FROM project_keys WHERE creator = '${input.user}' AND ${state(input)}`,
  view: 'users.view',
  one: (_, { user }) => ({ user }),
}
/** No procedure shows one invitation: whoever may see roles here may see it. */
const invitationsOf = (kind: 'project' | 'organization'): List => ({
  inputs: kind === 'project' ? projects : organizations,
  all: (input) => `SELECT uuid FROM invitations WHERE ${kind} = '${input[kind]}'`,
  view: `${kind}s.allowed`,
  one: (_, input) => ({ ...input, permission: 'view_role' }),
})

const LISTS: Record<string, List> = {
  'projects.list': {
    inputs: nowhere,
    all: () => 'SELECT uuid FROM projects',
    view: 'projects.view',
    one: (project) => ({ project }),
  },
  'projects.mine': {
    inputs: nowhere,
    all: () => 'SELECT uuid FROM projects',
    view: 'projects.overview',
    one: (project) => ({ project }),
  },
  'projects.listOfOrganization': {
    inputs: organizations,
    // Of an organization that its caller may not see, not even the public projects are listed.
    all: ({ organization }) => `SELECT uuid FROM projects WHERE organization = '${organization}'`,
    view: 'organizations.view',
    one: (_, input) => input,
  },
  'organizations.list': {
    inputs: nowhere,
    all: () => 'SELECT uuid FROM organizations',
    view: 'organizations.view',
    one: (organization) => ({ organization }),
  },
  'organizationMembers.list': membersOf('organization'),
  'organizationMembers.page': membersOf('organization'),
  'projectMembers.list': membersOf('project'),
  'projectMembers.page': membersOf('project'),
  'organizationInvitations.list': invitationsOf('organization'),
  'projectInvitations.list': invitationsOf('project'),
  'projectKeys.list': keysOf('projectKeys.view'),
  'projectKeys.page': keysOf('projectKeys.details'),
  'overview.keys': {
    inputs: organizations,
    all: ({ organization }) => `SELECT k.uuid FROM project_keys k JOIN projects p ON p.uuid = k.project
      WHERE p.organization = '${organization}' AND k.revoked IS NULL`,
    view: 'projectKeys.details',
    one: (key) => ({ project: projectOf.get(key), key }),
  },
  'overview.counts': {
    inputs: organizations,
    all: ({ organization }) => `SELECT uuid FROM projects WHERE organization = '${organization}'`,
    view: 'projects.allowed',
    one: (project) => ({ project, permission: 'manage' }),
  },
  'projectKeys.readOnlyPage': {
    inputs: inBothStates(projects),
    all: (input) => `SELECT last_four AS uuid FROM project_keys WHERE project = '${input.project}' AND ${state(input)}`,
    view: 'projects.overview',
    one: (_, { project }) => ({ project }),
  },
  'userKeys.list': userKeysOf('userKeys.view'),
  'userKeys.page': userKeysOf('userKeys.details'),
  'madeKeys.list': madeKeys,
  'madeKeys.page': madeKeys,
  'users.page': { inputs: nowhere, all: () => 'SELECT uuid FROM users', view: 'users.view', one: (user) => ({ user }) },
  'users.list': { inputs: nowhere, all: () => 'SELECT uuid FROM users', view: 'users.view', one: (user) => ({ user }) },
}
/** For server admins alone, although every user may view one: themselves. */
const ADMINS_ALONE = ['users.list', 'users.page', 'madeKeys.list', 'madeKeys.page']

/** The events of a log have no pages by number, and tests of their own. */
const lists = procedures.filter(({ shape }) => 'page' in shape)

/** The read-only list of keys has no UUIDs, so there the last four letters tell the keys apart. */
const Items = z.array(
  z.union([
    z.object({ uuid: z.string() }),
    z.object({ last_four: z.string() }).transform(({ last_four }) => ({ uuid: last_four })),
  ]),
)
const Result = z.object({ result: z.object({ data: z.unknown() }) })
/** A page without a total says whether there are more. */
const Page = z.object({ total: z.int().optional(), more: z.boolean().optional() }).catchall(z.unknown())

const find = (name: string) => procedures.find((each) => each.name === name) ?? expect.unreachable(name)
const ask = (name: string, token: string | undefined, input: Input) => callTrpc(service, find(name), { token, input })

/** The UUIDs of a list, and how many it says there are; none where it is refused. */
async function listed(name: string, token: string | undefined, input: Input) {
  const { status, text, headers } = await ask(name, token, { ...input, per_page: 255 })
  if (status !== 200) return { uuids: [], total: 0 }
  const { data } = Result.parse(JSON.parse(text)).result
  const page = Page.safeParse(data).data
  const items = Items.parse(page ? Object.values(page).find(Array.isArray) : data)
  return {
    uuids: items.map(({ uuid }) => uuid).sort(),
    total: page?.total ?? (page?.more === false ? items.length : Number(headers.get('x-total-count'))),
  }
}

/** Whether the view shows it; an answer of `allowed` says so itself. */
async function isShown(name: string, token: string | undefined, input: Input) {
  const { status, text } = await ask(name, token, input)
  return status === 200 && !text.includes('"allowed":false')
}

/** All that the list could hold and its caller may view. */
async function viewable({ all, view, one }: List, token: string | undefined, input: Input) {
  const { rows } = await pool.query<{ uuid: string }>(all(input))
  const shown = await Promise.all(
    rows.map(async ({ uuid }) => ((await isShown(view, token, one(uuid, input))) ? [uuid] : [])),
  )
  return shown.flat().sort()
}

const NAMES = [
  ...['leader', 'maintainer', 'developer', 'viewer', 'mate', 'guest', 'onlyLeader', 'mixed', 'admin', 'outsider'],
  ...['user key', 'project key', 'anonymous'],
]

test('every list that is described is in the router, and so is every caller', () => {
  expect(Object.keys(LISTS).filter((name) => !lists.some((list) => list.name === name))).toEqual([])
  expect(NAMES.toSorted()).toEqual(Object.keys(callers).sort())
})

describe.each(Object.entries(LISTS))('%s lists exactly what may be viewed', (name, list) => {
  test.each(NAMES.filter((caller) => caller === 'admin' || !ADMINS_ALONE.includes(name)))('by %s', async (caller) => {
    const token = callers[caller]
    const compare = async (input: Input) => {
      const [uuids, answer] = await Promise.all([viewable(list, token, input), listed(name, token, input)])
      expect([input, answer]).toEqual([input, { uuids, total: uuids.length }])
    }
    await Promise.all((await list.inputs()).map(compare))
  })
})

const ofPlaces = lists.filter(({ name }) => !(name in LISTS))

test('every list is described, or is about one place', () => {
  expect(ofPlaces.filter(({ shape }) => !('project' in shape || 'organization' in shape))).toEqual([])
})

/** Without a description it is not known who may view an item, so it must be all of the place's items or none. */
describe.each(ofPlaces)('$name lists all that is in a place, or nothing', ({ name, shape }) => {
  const places = 'project' in shape ? projects : organizations

  test('and nothing that is in another place', async () => {
    const admin = callers.admin
    const items = await Promise.all((await places()).map(async (place) => (await listed(name, admin, place)).uuids))
    expect(new Set(items.flat()).size).toBe(items.flat().length)
  })

  test.each(NAMES)('to %s', async (caller) => {
    for (const place of await places()) {
      const [all, own] = [await listed(name, callers.admin, place), await listed(name, callers[caller], place)]
      expect([all, { uuids: [], total: 0 }]).toContainEqual(own)
    }
  })
})
