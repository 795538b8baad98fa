import { appRouter } from '@project-keys/keys'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Endpoint, endpointsOf } from '../src/rest/endpoints.ts'
import { formOf } from './http.ts'
import { startService } from './service.ts'
import { createPeople, createTenant, type People, type Tenant } from './tenant.ts'

const service = await startService()
let people: People
let own: Tenant
let foreign: Tenant

beforeAll(async () => {
  people = await createPeople(service)
  own = await createTenant(service, people)
  foreign = await createTenant(service, await createPeople(service), 'private')
})

/** All that is foreign, each row as text. */
async function foreignRows() {
  const { project, ...others } = foreign
  const users = [others.leader, others.maintainer, others.developer, others.viewer, others.mate, others.guest]
  const uuids = [...users.map(({ uuid }) => uuid), project.uuid, project.organization]
  const TABLES = {
    users: 'uuid',
    organizations: 'uuid',
    projects: 'uuid',
    organization_members: 'organization',
    project_members: 'project',
    project_keys: 'project',
    user_keys: '"user"',
    invitations: 'coalesce(project, organization)',
  }
  const texts = Object.entries(TABLES).map(
    ([table, column]) => `SELECT to_jsonb(t)::text AS row FROM ${table} t WHERE ${column} = ANY($1)`,
  )
  const { rows } = await service.db.pool.query(`${texts.join(' UNION ALL ')} ORDER BY 1`, [uuids])
  return rows
}

/** Whatever a body might be believed about, of somebody else. */
function stuffing() {
  const { project, key, userKey, invitations, leader } = foreign
  return {
    uuid: key.uuid,
    project: project.uuid,
    project_uuid: project.uuid,
    organization: project.organization,
    user: leader.uuid,
    creator: leader.uuid,
    revoker: leader.uuid,
    inviter: leader.uuid,
    key: userKey.uuid,
    invitation: invitations.atProject.uuid,
    permission: 'delete',
    hash: 'AAAA',
    created: '2000-01-01T00:00:00Z',
    creation: '2000-01-01T00:00:00Z',
    expiration: '2000-01-01T00:00:00Z',
    revoked: '2000-01-01T00:00:00Z',
    deleted: '2000-01-01T00:00:00Z',
    claimed: null,
    confirmed: null,
    email_since: '2000-01-01T00:00:00Z',
    new_email: leader.email,
    ['__proto__']: { admin: true },
    constructor: { prototype: { admin: true } },
  }
}

const BODIES: Record<string, (at: Tenant) => Record<string, unknown>> = {
  'auth.signUp': () => ({ name: 'New', email: 'new@example.com', i_agree: true, admin: true, role: 'leader' }),
  'auth.login': () => ({ email: people.leader.email }),
  'auth.confirm': () => ({ token: 'x' }),
  'auth.accept': () => ({ invite: foreign.invitations.atProject.invite }),
  'organizationInvitations.create': () => ({ email: 'new@example.com', role: 'leader' }),
  'organizationMembers.update': () => ({ role: 'leader' }),
  'projectInvitations.create': () => ({ email: 'new@example.com', role: 'viewer' }),
  'projectMembers.update': () => ({ role: 'developer' }),
}

/** Links to somebody else’s account are none of ours. */
const REFUSED: Record<string, number> = { 'auth.confirm': 401, 'auth.accept': 403 }

const endpoints = endpointsOf(appRouter)
const writes = endpoints.filter(({ method }) => method !== 'GET')
const ofPlaces = endpoints.filter(({ path }) => path.includes('{'))

/** What an endpoint's path names at a tenant. */
function idsOf({ name, path }: Endpoint, tenant: Tenant): Record<string, string> {
  const { project, key, userKey, invitations, maintainer, mate } = tenant
  return {
    project: project.uuid,
    organization: project.organization,
    user: path.startsWith('/v0/users') ? maintainer.uuid : mate.uuid,
    key: (name.startsWith('userKeys.') ? userKey : key).uuid,
    invitation: (name.startsWith('project') ? invitations.atProject : invitations.atOrganization).uuid,
    permission: 'view',
  }
}

const fill = (path: string, ids: Record<string, string>) =>
  path.replace(/\{(\w+)\}/g, (_, parameter: string) => ids[parameter] ?? '')

describe('ids of somebody else', () => {
  test.each(writes)('in $method $path change nothing that is theirs', async (endpoint) => {
    const { name, method, path } = endpoint
    const tenant = await createTenant(service, people)
    const before = await foreignRows()
    const { token } = name.startsWith('user') ? people.maintainer : people.leader
    const stuffed = { name: 'New', ...stuffing(), ...BODIES[name]?.(tenant) }
    const query = formOf(stuffing()).body
    const at = fill(path, idsOf(endpoint, tenant))
    const { status } =
      method === 'DELETE'
        ? await service.send(method, `${at}?${query}`, { token })
        : await service.send(method, at, {
            token,
            ...(endpoint.form ? formOf({ ...stuffed, token: foreign.key.key }) : { body: stuffed }),
          })
    expect(status).toBe(REFUSED[name] ?? endpoint.status)
    expect(await foreignRows()).toEqual(before)
  })

  test.each(ofPlaces)('in the path of $method $path are refused', async (endpoint) => {
    const { name, method, path } = endpoint
    const before = await foreignRows()
    const { token } = path.startsWith('/v0/users') ? people.maintainer : people.leader
    const role = name.startsWith('project') ? 'viewer' : 'leader'
    const body = method === 'POST' || method === 'PATCH' ? { name: 'New', email: 'new@example.com', role } : undefined
    const [ids, theirs] = [idsOf(endpoint, own), idsOf(endpoint, foreign)]
    for (const [, parameter = ''] of path.matchAll(/\{(project|organization|user|key|invitation)\}/g)) {
      const at = fill(path, { ...ids, [parameter]: theirs[parameter] ?? '' })
      expect([parameter, (await service.send(method, at, { token, body })).status]).toEqual([parameter, 404])
    }
    expect(await foreignRows()).toEqual(before)
  })

  test('over tRPC, where a call may name two places, change nothing that is theirs', async () => {
    const { project } = own
    const before = await foreignRows()
    const { token } = people.leader
    const mixed = [
      { organization: foreign.project.organization, project: project.uuid },
      { organization: project.organization, project: foreign.project.uuid },
    ]
    for (const place of mixed) {
      for (const [name, input] of [
        ['organizations.update', { name: 'Taken' }],
        ['projects.update', { name: 'Taken' }],
        ['projects.create', { name: 'Taken' }],
        ['projects.delete', {}],
        ['organizationMembers.remove', { user: foreign.mate.uuid }],
        ['organizationInvitations.create', { email: 'eve@example.com', role: 'leader' }],
      ] as const) {
        await service.send('POST', `/trpc/${name}`, { token, body: { ...place, ...input } })
      }
    }
    expect(await foreignRows()).toEqual(before)
  })
})
