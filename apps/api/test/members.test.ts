import { beforeEach, describe, expect, test } from 'vitest'
import { startService } from './service.ts'
import { createPeople, createTenant, mailedToken, type People, type Tenant } from './tenant.ts'
import { keysOf, namesIn, type Person } from './world.ts'

const service = await startService()
let people: People
let tenant: Tenant
let organization: string
let project: string

/** Each test changes who is what, and may lock them. */
beforeEach(async () => {
  people = await createPeople(service)
})

async function begin() {
  tenant = await createTenant(service, people, 'private')
  organization = `/v0/organizations/${tenant.project.organization}/members`
  project = `/v0/projects/${tenant.project.slug}/members`
}

const send = (method: string, path: string, { token }: { token: string }, body?: unknown) =>
  service.send(method, path, { token, body })
const remove = async (path: string, person: Person, by: { token: string } = people.leader) =>
  (await send('DELETE', `${path}/${person.uuid}`, by)).status

const lock = (person: Person, locked: boolean) => send('PATCH', `/v0/users/${person.uuid}`, service.admin, { locked })

describe('the members of an organization', () => {
  test('are listed, shown and given their one role: 200', async () => {
    await begin()
    expect(namesIn((await send('GET', organization, people.leader)).body)).toEqual(['Leader', 'Mate'])
    const { uuid, slug, email } = people.mate
    const mate = {
      uuid,
      name: 'Mate',
      slug,
      email,
      role: 'leader',
      created: '2026-05-01T12:00:00Z',
      modified: '2026-05-01T12:00:00Z',
    }
    for (const id of [uuid, uuid.toUpperCase(), slug]) {
      expect(await send('GET', `${organization}/${id}`, people.leader)).toMatchObject({ status: 200, body: mate })
    }
    expect((await send('PATCH', `${organization}/${slug}`, people.leader, { role: 'leader' })).body).toEqual(mate)
    expect((await send('PATCH', `${organization}/${slug}`, people.leader, {})).body).toEqual(mate)
    expect((await send('PATCH', `${organization}/${slug}`, people.leader, { role: 'owner' })).status).toBe(400)
  })

  test('do not hold who is none: 404', async () => {
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { role: 'leader' } : undefined
      expect((await send(method, `${organization}/${people.viewer.uuid}`, people.leader, body)).status).toBe(404)
      expect((await send(method, `${organization}/nobody`, people.leader, body)).status).toBe(404)
    }
  })

  test('lose everything in it at once when they are removed, and can leave by themselves', async () => {
    await begin()
    expect((await send('GET', organization, people.mate)).status).toBe(200)
    expect(await remove(organization, people.mate)).toBe(204)
    expect((await send('GET', organization, people.mate)).status).toBe(404)
    expect((await send('GET', keysOf(tenant.project), people.mate)).status).toBe(403)
    await begin()
    expect(await remove(organization, people.mate, people.mate)).toBe(204)
    expect(await remove(organization, people.mate)).toBe(404)
  })

  test('are one leader at least: the last one stays, 409, also when an admin removes them', async () => {
    await begin()
    await remove(organization, people.mate)
    expect(await remove(organization, people.leader)).toBe(409)
    expect(await remove(organization, people.leader, service.admin)).toBe(409)
  })

  test('are one leader at least who is not locked: who is locked leads nothing, and does not count', async () => {
    await begin()
    await lock(people.mate, true)
    expect(await remove(organization, people.leader, people.leader)).toBe(409)
    expect(await remove(organization, people.mate)).toBe(204)
    // A lock ended the sessions of the first ones for good.
    people = await createPeople(service)
    await begin()
    await lock(people.mate, true)
    expect(await remove(organization, people.leader, service.admin)).toBe(409)
    await lock(people.mate, false)
    expect(await remove(organization, people.leader, people.leader)).toBe(204)
  })

  test('may all be locked, and an admin then brings in a leader who can act', async () => {
    await begin()
    for (const person of [people.leader, people.mate]) await lock(person, true)
    expect(await remove(organization, people.mate, service.admin)).toBe(409)
    const { viewer } = people
    expect((await send('POST', organization, service.admin, { email: viewer.email, role: 'leader' })).status).toBe(202)
    const accepted = await send('POST', '/v0/auth/accept', viewer, { invite: mailedToken(service, viewer.email) })
    expect(accepted.status).toBe(202)
    expect(await remove(organization, people.mate, viewer)).toBe(204)
    expect(await remove(organization, people.leader, viewer)).toBe(204)
    expect(await remove(organization, viewer, viewer)).toBe(409)
  })

  test('who are the last two and leave at once: exactly one does', async () => {
    for (let round = 0; round < 5; round++) {
      await begin()
      const statuses = await Promise.all([
        remove(organization, people.leader, people.leader),
        remove(organization, people.mate, people.mate),
      ])
      expect(statuses.sort()).toEqual([204, 409])
    }
  })
})

describe('the members of a project', () => {
  test('are listed, shown and given another role: 200', async () => {
    await begin()
    const { body } = await send('GET', `${project}?per_page=255`, people.maintainer)
    expect(namesIn(body)).toEqual(['Developer', 'Leader', 'Maintainer', 'Mate', 'Viewer'])
    service.wait(60)
    const { uuid, slug, email } = people.viewer
    const { status, body: changed } = await send('PATCH', `${project}/${slug}`, people.maintainer, {
      role: 'maintainer',
      uuid: people.guest.uuid,
    })
    expect([status, changed]).toEqual([
      200,
      {
        uuid,
        name: 'Viewer',
        slug,
        email,
        role: 'maintainer',
        created: '2026-05-01T12:00:00Z',
        modified: '2026-05-01T12:01:00Z',
      },
    ])
    expect((await send('GET', keysOf(tenant.project), people.viewer)).status).toBe(200)
    expect((await send('PATCH', `${project}/${slug}`, people.maintainer, { role: 'leader' })).status).toBe(400)
    expect((await send('GET', `${project}/${people.guest.uuid}`, people.maintainer)).status).toBe(404)
  })

  test('can not give themselves more than they have: 403', async () => {
    await begin()
    for (const person of [people.viewer, people.developer]) {
      expect((await send('PATCH', `${project}/${person.uuid}`, person, { role: 'maintainer' })).status).toBe(403)
      expect((await send('POST', project, person, { email: 'eve@example.com', role: 'viewer' })).status).toBe(403)
    }
  })

  test('lose it at once when they are removed: 204, then 404', async () => {
    await begin()
    const path = `/v0/projects/${tenant.project.slug}`
    expect((await send('GET', path, people.viewer)).status).toBe(200)
    const removals = await Promise.all([1, 2, 3].map(() => remove(project, people.viewer, people.maintainer)))
    expect(removals.sort()).toEqual([204, 404, 404])
    expect((await send('GET', path, people.viewer)).status).toBe(404)
  })

  test('keep its creator as maintainer when they leave the organization', async () => {
    await begin()
    const made = await send('POST', organization.replace('members', 'projects'), people.mate, {
      name: 'Made by mate',
      visibility: 'private',
    })
    const { slug } = JSON.parse(made.text)
    expect(await remove(organization, people.mate, people.mate)).toBe(204)
    expect((await send('GET', organization, people.mate)).status).toBe(404)
    expect((await send('POST', keysOf({ slug }), people.mate, { name: 'ci' })).status).toBe(201)
    expect((await send('DELETE', `/v0/projects/${slug}`, people.mate)).status).toBe(204)
  })
})
