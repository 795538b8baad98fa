import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { callRest, callTrpc, foreignIds, idFields, inputOf, unknownFields } from './inputs.ts'
import { isRest, type Procedure, procedures } from './procedures.ts'
import { startService } from './service.ts'
import { createPeople, createTenant, type People, type Tenant } from './tenant.ts'

const service = await startService()
let people: People
let own: Tenant
let foreign: Tenant
let tables: string[]

/** Tables that change when anybody looks at anything. */
const NOT_THEIRS = [
  '_prisma_migrations',
  'project_key_uses',
  'project_key_calls',
  'rate_counts',
  'audit_pending',
  'audit_refusals',
]

beforeAll(async () => {
  people = await createPeople(service)
  own = await createTenant(service, people)
  foreign = await createTenant(service, await createPeople(service), 'private')
  const { rows } = await service.db.pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  )
  tables = rows.map(({ name }) => name).filter((name) => !NOT_THEIRS.includes(name))
})

/** Signing out everywhere ends the sessions of the same second, too. */
const forgetSignOuts = () => service.db.prisma.user.updateMany({ data: { sessionsSince: null } })
afterEach(forgetSignOuts)

/** Every row of any table that names something foreign, as text. */
async function foreignRows() {
  const { project, key, userKey, invitations, ...others } = foreign
  const users = [others.leader, others.maintainer, others.developer, others.viewer, others.mate, others.guest]
  const things = [...users, project, key, userKey, invitations.atProject, invitations.atOrganization]
  const ids = [project.organization, ...things.map(({ uuid }) => uuid)]
  const texts = tables.map((table) => `SELECT '${table} ' || to_jsonb(t)::text AS row FROM ${table} t`)
  const { rows } = await service.db.pool.query(
    `SELECT row FROM (${texts.join(' UNION ALL ')}) rows WHERE row LIKE ANY($1) ORDER BY 1`,
    [ids.map((id) => `%${id}%`)],
  )
  return rows
}

/** Extra fields that name another tenant's things, or that a caller must not set. */
function stuffing() {
  const { key, userKey, invitations, leader } = foreign
  return {
    uuid: key.uuid,
    project_uuid: foreign.project.uuid,
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
const places = () => ({ project: foreign.project.uuid, organization: foreign.project.organization })

/**
 * Calls that are refused although every id is the caller's own: a token that is none, an invitation of another address,
 * a field beside those that a rotation takes.
 */
const REFUSED: Record<string, number> = {
  'auth.confirm': 401,
  'auth.inspectLink': 401,
  'auth.accept': 403,
  'auth.join': 403,
  'auth.inspectRestore': 401,
  'auth.restoreAddress': 401,
  'rotations.rotate': 400,
  'madeKeys.revoke': 404,
  'whoami.revoke': 403,
  'whoami.rotate': 403,
  'maintenance.sweep': 403,
  'maintenance.mergeLimits': 403,
  'maintenance.seal': 403,
  'maintenance.signHeads': 403,
  'maintenance.tellEnds': 403,
}
/** The statuses that refuse a foreign id, where that is not 404. */
const OTHER_REFUSALS: Record<string, number> = {
  'projectKeys.createOnce uuid': 409,
  'projectKeys.revokeMany keys': 200,
  'projectKeys.impact keys': 200,
  'projectKeys.exportSelected keys': 200,
  'projectKeys.renewMany keys': 200,
  'events.list person': 200,
  'events.list key': 200,
  'events.listOfServer person': 403,
  'events.listOfServer key': 403,
  'events.ofKey key': 200,
  'verification.recentUsage keys': 200,
  'userKeys.createOnce uuid': 409,
  'verification.verify project': 403,
  'verification.verifyOfProject project': 403,
}

/** A new session each time, since one procedure ends the session that calls it. */
function credentialOf({ name }: Procedure) {
  if (name.startsWith('verification.verify')) return own.projectKey.key
  return service.tokenOf((name.startsWith('user') ? people.maintainer : people.leader).email)
}

const mutations = procedures.filter(({ type }) => type === 'mutation')
const naming = procedures.filter((procedure) => idFields(procedure).length > 0)

test('every field of every input in the router is described', () => {
  expect(procedures.flatMap(unknownFields)).toEqual([])
})

describe('an id of somebody else', () => {
  test.each(naming)('instead of any id that $name takes is refused', async (procedure) => {
    const before = await foreignRows()
    const token = credentialOf(procedure)
    for (const { field, id } of foreignIds(procedure, foreign)) {
      const input = { ...inputOf(procedure, own), [field]: id }
      const expected = [field, OTHER_REFUSALS[`${procedure.name} ${field}`] ?? 404]
      expect([field, (await callTrpc(service, procedure, { token, input })).status]).toEqual(expected)
      if (isRest(procedure)) {
        expect([field, (await callRest(service, procedure, { token, input })).status]).toEqual(expected)
      }
    }
    expect(await foreignRows()).toEqual(before)
  })

  test.each(mutations)('beside all that $name takes changes nothing of theirs', async (procedure) => {
    const tenant = await createTenant(service, people)
    const before = await foreignRows()
    const input = { ...stuffing(), ...inputOf(procedure, tenant), ...inviteOf(procedure) }
    const token = credentialOf(procedure)
    const { status } = isRest(procedure)
      ? await callRest(service, procedure, { token, input: { ...places(), ...input } })
      : await callTrpc(service, procedure, { token, input })
    expect(status).toBe(REFUSED[procedure.name] ?? procedure.endpoint?.status ?? 200)
    expect(await foreignRows()).toEqual(before)
  })

  test('as a second place in a call over tRPC changes nothing of theirs', async () => {
    const before = await foreignRows()
    for (const procedure of mutations) {
      const input = { ...places(), ...inputOf(procedure, own), ...inviteOf(procedure) }
      await callTrpc(service, procedure, { token: credentialOf(procedure), input })
      await forgetSignOuts()
      expect([procedure.name, await foreignRows()]).toEqual([procedure.name, before])
    }
  })
})

/** An invitation to them, which is for another address than the caller's. */
const inviteOf = ({ name }: Procedure) =>
  name === 'auth.accept' ? { invite: foreign.invitations.atProject.invite } : {}
