import { execute } from '@project-keys/keys/test'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import {
  addMember,
  createKey,
  createProject,
  createUserKey,
  keyOf,
  namesIn,
  type Person,
  type Project,
  signUp,
} from './world.ts'

const service = await startService()
let leader: Person
let grace: Person
let open: Project
let closed: Project
const madeOf = ({ uuid }: Person) => `/v0/users/${uuid}/project-keys`
const revocationOf = ({ uuid }: Person) => `/v0/users/${uuid}/revoke-keys`

beforeAll(async () => {
  leader = await signUp(service, 'Leader')
  open = await createProject(service, leader)
  closed = await createProject(service, leader, 'private')
  grace = await addMember(service, open, 'maintainer')
  const times = { created: service.clock.now, modified: service.clock.now }
  const role = { project: closed.uuid, user: grace.uuid, role: 'maintainer' as const, ...times }
  await service.db.prisma.projectMember.create({ data: role })
})

async function madeBy(who: string, place: object) {
  const input = encodeURIComponent(JSON.stringify({ user: grace.uuid, ...place }))
  const { body } = await service.send('GET', `/trpc/madeKeys.${who}?input=${input}`, service.admin)
  return z.object({ result: z.object({ data: z.unknown() }) }).parse(body).result.data
}

/** A use of a key so many days ago, as the verifying services report it. */
const use = ({ uuid }: { uuid: string }, days: number) =>
  execute(
    service.databaseUrl,
    `INSERT INTO project_key_uses VALUES ($1, $2::timestamptz - $3 * interval '1 day', '::1')`,
    [uuid, service.clock.now, days],
  )

describe('what a member made', () => {
  test('is told before they are removed: what still works, what has expired, and what was used lately', async () => {
    const [used, idle] = [
      await createKey(service, grace, open, { name: 'used' }),
      await createKey(service, grace, open, { name: 'idle' }),
    ]
    const dead = await createKey(service, grace, open, { name: 'dead' })
    const over = await createKey(service, grace, open, { name: 'over' })
    await createKey(service, grace, closed, { name: 'elsewhere' })
    await createKey(service, leader, open, { name: 'of another' })
    await service.send('DELETE', keyOf(open, dead), grace)
    await execute(service.databaseUrl, `UPDATE project_keys SET expiration = creation WHERE uuid = $1`, [over.uuid])
    for (const [key, days] of [
      [used, 2],
      [idle, 8],
      [dead, 1],
    ] as const)
      await use(key, days)

    const ago = (days: number) =>
      new Date(service.clock.now.getTime() - days * 86_400_000).toISOString().replace('.000', '')
    const here = { active: 2, expired: 1, used_lately: 1, last_used: ago(2) }
    const named = (place: Project, name: string, last_used: string | null) =>
      expect.objectContaining({ name, last_used, project: place.slug })
    const latest = [named(open, 'used', ago(2)), named(open, 'idle', ago(8))]
    expect(await madeBy('ofMember', { project: open.slug })).toEqual({ ...here, projects: 1, latest })
    const alone = {
      active: 1,
      expired: 0,
      projects: 1,
      used_lately: 0,
      last_used: null,
      latest: [named(closed, 'elsewhere', null)],
    }
    expect(await madeBy('ofMember', { project: closed.slug })).toEqual(alone)
    await createUserKey(service, grace, { name: 'token' })
    expect(await madeBy('ofUser', {})).toEqual({
      ...here,
      active: 3,
      projects: 2,
      tokens: 1,
      latest: [...latest, named(closed, 'elsewhere', null)],
    })
  })

  test('is told of a leader for all projects of the organization', async () => {
    const place = { organization: open.organization, user: leader.uuid }
    expect(await madeBy('ofLeader', place)).toMatchObject({ active: 1, projects: 1 })
  })
})

describe('GET /v0/users/{user}/project-keys', () => {
  test('lists what a user made in all projects, by the filters of other lists, in the fields of a project key', async () => {
    const { body, headers } = await service.send('GET', madeOf(grace), service.admin)
    expect(namesIn(body)).toEqual(['elsewhere', 'idle', 'over', 'used'])
    expect(headers.get('x-total-count')).toBe('4')
    expect(body).toContainEqual({
      uuid: expect.any(String),
      project: closed.uuid,
      creator: grace.uuid,
      name: 'elsewhere',
      creation: expect.any(String),
      expiration: expect.any(String),
    })
    const names = async (query: string) =>
      namesIn((await service.send('GET', `${madeOf(grace)}?${query}`, service.admin)).body)
    expect(await names('revoked=true')).toEqual(['dead'])
    expect(await names('search=SE')).toEqual(['elsewhere', 'used'])
  })

  test('is refused with 403 to the user, and with 404 to others', async () => {
    const statusFor = async (person: Person) => (await service.send('GET', madeOf(grace), person)).status
    expect([await statusFor(grace), await statusFor(leader)]).toEqual([403, 404])
  })
})

describe('POST /v0/users/{user}/revoke-keys', () => {
  const revoke = (body: object, { token }: { token: string }) =>
    service.send('POST', revocationOf(grace), { token, body })

  test('is refused with 403 to the user, and with 404 to others, and then changes nothing', async () => {
    expect([(await revoke({}, grace)).status, (await revoke({}, leader)).status]).toEqual([403, 404])
    expect(await madeBy('ofUser', {})).toMatchObject({ active: 3, tokens: 1 })
  })

  test('ends all API tokens of the user and all project keys that they made, at once, and none of others', async () => {
    const token = await createUserKey(service, grace, { name: 'credential' })
    const key = await createKey(service, grace, closed, { name: 'in use' })
    const verified = async () => (await service.send('GET', '/v0/verify', { token: key.key })).status
    expect(await verified()).toBe(200)

    const { status, body } = await revoke({ reason: 'Left the company' }, service.admin)
    expect([status, body]).toEqual([200, { user_keys: 2, project_keys: 5, remaining: 0 }])

    expect(await verified()).toBe(401)
    expect((await service.send('GET', '/v0/users', { token: token.key })).status).toBe(401)
    expect((await service.send('GET', madeOf(leader), service.admin)).headers.get('x-total-count')).toBe('1')
    const input = encodeURIComponent(JSON.stringify({ project: closed.slug, key: key.uuid }))
    const details = await service.send('GET', `/trpc/projectKeys.details?input=${input}`, leader)
    expect(details.body).toMatchObject({ result: { data: { reason: 'Left the company', revoker: { name: 'Owner' } } } })
    expect((await revoke({}, service.admin)).body).toEqual({ user_keys: 0, project_keys: 0, remaining: 0 })
  })

  test('revokes a thousand project keys with each request, and says how many remain', async () => {
    const text = `INSERT INTO project_keys (uuid, project, creator, name, hash, last_four, creation, expiration)
      SELECT gen_random_uuid(), $1, $2, 'key ' || n, sha256(n::text::bytea), 'aaaa', $3, $3 FROM generate_series(1, 1002) n`
    await execute(service.databaseUrl, text, [open.uuid, grace.uuid, service.clock.now])
    expect((await revoke({}, service.admin)).body).toEqual({ user_keys: 0, project_keys: 1000, remaining: 2 })
    expect((await revoke({}, service.admin)).body).toEqual({ user_keys: 0, project_keys: 2, remaining: 0 })
  })

  test.each([[' '], ['x'.repeat(201)], ['a\nb'], ['a\u202eb'], [7]])(
    'refuses the reason %j with 400',
    async (reason) => {
      const { status, text } = await revoke({ reason }, service.admin)
      expect([status, text]).toEqual([400, expect.stringContaining('reason: must')])
    },
  )
})
