import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import { createPeople, type People } from './tenant.ts'
import { createKey, createProject, type Project } from './world.ts'

const service = await startService()
const DAY = 24 * 60 * 60
let people: People
let [one, two]: Project[] = []

const sql = (text: string, ...values: unknown[]) => service.db.pool.query(text, values)
const Answer = z.object({ result: z.object({ data: z.unknown() }) })
const ask = async (name: string, token: string, input: object) => {
  const { status, body } = await service.send(
    'GET',
    `/trpc/${name}?input=${encodeURIComponent(JSON.stringify(input))}`,
    { token },
  )
  return status === 200 ? Answer.parse(body).result.data : status
}
const Keys = z.object({
  keys: z.array(z.object({ name: z.string(), project: z.object({ slug: z.string() }) })),
  more: z.boolean(),
})
const keysOf = async (token: string, input: object = {}) => {
  const { keys, more } = Keys.parse(
    await ask('overview.keys', token, { organization: one?.organization, per_page: 50, ...input }),
  )
  return { names: keys.map(({ name }) => name), more }
}

/** Two projects of one organization, with a key for each reason. */
beforeAll(async () => {
  people = await createPeople(service)
  const { leader, maintainer, viewer, mate } = people
  one = await createProject(service, leader)
  const path = `/v0/organizations/${one.organization}/projects`
  const made = await service.send('POST', path, { token: leader.token, body: { name: 'zzz', slug: 'zzz' } })
  two = z
    .object({ uuid: z.string(), slug: z.string(), organization: z.string(), visibility: z.string() })
    .parse(made.body)
  const times = { created: service.clock.now, modified: service.clock.now }
  for (const [user, role] of [
    [maintainer, 'maintainer'],
    [mate, 'maintainer'],
    [viewer, 'viewer'],
  ] as const) {
    await service.db.prisma.projectMember.create({ data: { project: two.uuid, user: user.uuid, role, ...times } })
  }
  await createKey(service, leader, one, { name: 'expiring', ttl: 5 * DAY })
  await createKey(service, leader, one, { name: 'never-expires' })
  await createKey(service, leader, two, { name: 'fine', ttl: 60 * DAY })
  const idle = await createKey(service, leader, two, { name: 'idle', ttl: 60 * DAY })
  await createKey(service, mate, two, { name: 'orphan', ttl: 60 * DAY })
  const gone = await createKey(service, leader, two, { name: 'revoked', ttl: DAY })
  await service.send('DELETE', `/v0/projects/${two.uuid}/keys/${gone.uuid}`, leader)
  const now = service.clock.now.toISOString()
  await sql(
    `INSERT INTO project_key_uses (key, last_used)
    SELECT uuid, $1::timestamptz - CASE WHEN uuid = $2 THEN interval '91 days' ELSE interval '1 day' END FROM project_keys
    WHERE name IN ('fine', 'idle', 'orphan')`,
    now,
    idle.uuid,
  )
  await sql('DELETE FROM project_members WHERE "user" = $1', mate.uuid)
  await sql(
    `UPDATE organizations SET key_policy = '{"max_ttl": 864000, "default_ttl": null, "require_expiration": false,
    "require_scopes": false, "require_networks": false}' WHERE uuid = $1`,
    one.organization,
  )
})

describe('the overview of an organization', () => {
  test('has the active keys of all projects, by project and by name', async () => {
    const all = ['expiring', 'never-expires', 'fine', 'idle', 'orphan']
    expect(await keysOf(people.leader.token)).toEqual({ names: all, more: false })
    const pages = [1, 2, 3].map((page) => keysOf(people.leader.token, { page, per_page: 2 }))
    expect(await Promise.all(pages)).toEqual([
      { names: all.slice(0, 2), more: true },
      { names: all.slice(2, 4), more: true },
      { names: all.slice(4), more: false },
    ])
  })

  test.each([
    ['expiring', ['expiring']],
    ['never_used', ['expiring', 'never-expires']],
    ['idle', ['idle']],
    ['never_expires', ['never-expires']],
    ['maker_gone', ['orphan']],
    ['outside_policy', ['never-expires', 'fine', 'idle', 'orphan']],
  ])('finds and counts the keys that need attention: %s', async (attention, names) => {
    const { token } = people.leader
    expect((await keysOf(token, { attention })).names).toEqual(names)
    const counts = await ask('overview.counts', token, { organization: one?.organization })
    expect(counts).toMatchObject({ totals: { active: 5, [attention]: names.length }, total: 2 })
    const inProjects = await Promise.all(
      [one, two].map((project) => ask('projectKeys.page', token, { project: project?.uuid, attention, per_page: 50 })),
    )
    const listed = inProjects.flatMap(
      (page) => z.object({ keys: z.array(z.object({ name: z.string() })) }).parse(page).keys,
    )
    expect(listed.map(({ name }) => name)).toEqual(names)
  })

  test('is of those projects alone that one may manage', async () => {
    const { maintainer, viewer, guest } = people
    const organization = one?.organization
    expect((await keysOf(maintainer.token)).names).toEqual(['fine', 'idle', 'orphan'])
    expect(await ask('overview.counts', maintainer.token, { organization })).toMatchObject({
      totals: { active: 3, idle: 1, last_used: '2026-04-30T12:00:00Z' },
      projects: [{ uuid: two?.uuid, active: 3, never_used: 0 }],
      total: 1,
    })
    expect(await ask('overview.organization', maintainer.token, { organization })).toMatchObject({ leads: false })
    for (const { token } of [viewer, guest]) {
      for (const name of ['organization', 'keys', 'counts'])
        expect(await ask(`overview.${name}`, token, { organization })).toBe(404)
      expect(await ask('overview.projects', token, { projects: [one?.uuid, two?.uuid] })).toEqual([])
    }
  })

  test('counts by the rights of the moment, though counts are kept', async () => {
    const { maintainer } = people
    const asked = { organization: one?.organization }
    const projects = { projects: [two?.uuid] }
    expect(await ask('overview.counts', maintainer.token, asked)).toMatchObject({ total: 1 })
    expect(await ask('overview.projects', maintainer.token, projects)).toHaveLength(1)
    const ofTwo = [maintainer.uuid, two?.uuid]
    await sql(`UPDATE project_members SET role = 'viewer' WHERE "user" = $1 AND project = $2`, ...ofTwo)
    expect(await ask('overview.projects', maintainer.token, projects)).toEqual([])
    expect(await ask('overview.counts', maintainer.token, asked)).toBe(404)
    await sql(`UPDATE project_members SET role = 'maintainer' WHERE "user" = $1 AND project = $2`, ...ofTwo)
  })

  test('has no deleted project', async () => {
    await sql('UPDATE projects SET deleted = now() WHERE uuid = $1', two?.uuid)
    expect((await keysOf(people.leader.token)).names).toEqual(['expiring', 'never-expires'])
    await sql('UPDATE projects SET deleted = NULL WHERE uuid = $1', two?.uuid)
  })
})
