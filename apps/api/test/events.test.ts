import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { seal as sealOf } from './sealing.ts'
import { START, startService } from './service.ts'
import { createPeople, type People } from './tenant.ts'
import { createKey, createProject, keyOf, type Project } from './world.ts'

const service = await startService()
let people: People
let project: Project

const seal = () => sealOf(service)

const Events = z.array(z.looseObject({ number: z.int(), action: z.string().optional() }))
const path = () => `/v0/organizations/${project.organization}/events`
const read = async (query: Record<string, string | number> = {}, token = people.leader.token, at = path()) => {
  const { status, body } = await service.send(
    'GET',
    `${at}?${new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)] satisfies [string, string]))}`,
    { token },
  )
  return status === 200 ? Events.parse(body) : status
}
const numbers = async (query = {}) => Events.parse(await read(query)).map(({ number }) => number)

beforeAll(async () => {
  people = await createPeople(service)
  project = await createProject(service, people.leader, 'private')
  const { maintainer } = people
  await service.db.prisma.projectMember.create({
    data: { project: project.uuid, user: maintainer.uuid, role: 'maintainer', created: START, modified: START },
  })
})
beforeEach(async () => void (await seal()))

describe('the events of an organization', () => {
  test('say what was done, the newest first', async () => {
    const key = await createKey(service, people.leader, project, { name: 'first' })
    await service.send('PATCH', keyOf(project, key), { token: people.leader.token, body: { name: 'second' } })
    await seal()
    expect(Events.parse(await read({ key: key.uuid }))).toMatchObject([
      {
        action: 'project_key.rename',
        before: { name: 'first' },
        after: { name: 'second' },
        project_slug: project.slug,
      },
      { action: 'project_key.create', actor: { kind: 'session', user: { uuid: people.leader.uuid, name: 'Leader' } } },
    ])
  })

  test('come by pages that lose and repeat nothing while events are added', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await createKey(service, people.leader, project, { name })
    await seal()
    const all = await numbers({ per_page: 255 })
    const seen = await numbers({ per_page: 3 })
    while (seen.length < all.length) {
      await createKey(service, people.leader, project, { name: 'meanwhile' })
      await seal()
      seen.push(...(await numbers({ per_page: 3, before: seen.at(-1) ?? 0 })))
    }
    expect(seen).toEqual(all)
    expect(all).toEqual(Array.from({ length: all.length }, (_, index) => all.length - index))
  })

  test('are filtered by person, project, key, action and time', async () => {
    const { maintainer, leader } = people
    const key = await createKey(service, maintainer, project, { name: 'theirs' })
    await service.send('DELETE', keyOf(project, key), { token: leader.token })
    await seal()
    const actions = async (query: object) =>
      Events.parse(await read({ ...query, per_page: 255 })).map(({ action }) => action)
    expect(await actions({ person: maintainer.uuid })).toEqual(['project_key.create'])
    expect(await actions({ key: key.uuid, action: 'project_key.revoke' })).toEqual(['project_key.revoke'])
    const now = new Date(Date.now() + 1000).toISOString()
    expect(await actions({ since: now })).toEqual([])
    expect(await actions({ key: key.uuid, until: now })).toHaveLength(2)
    for (const query of [{ person: 'x' }, { action: 'Key' }, { since: 'today' }, { before: 0 }, { before: 'x' }]) {
      expect(await read(query)).toBe(400)
    }
  })

  test('are for those who may manage it', async () => {
    const { maintainer, viewer } = people
    expect([await read({}, maintainer.token), await read({}, viewer.token)]).toEqual([404, 404])
    const { admin } = service
    expect(await read({}, maintainer.token, '/v0/server/events')).toBe(403)
    const ofServer = Events.parse(await read({ action: 'session.create' }, admin.token, '/v0/server/events'))
    expect(ofServer).toMatchObject([{ chain: 'server' }, ...Array.from({ length: ofServer.length - 1 }, () => ({}))])
  })

  test('of a key are for those who manage its project', async () => {
    const key = await createKey(service, people.leader, project, { name: 'own' })
    await seal()
    const ask = async (token: string, at: string) => {
      const input = encodeURIComponent(JSON.stringify({ project: at, key: key.uuid }))
      return await service.send('GET', `/trpc/events.ofKey?input=${input}`, { token })
    }
    expect((await ask(people.maintainer.token, project.uuid)).body).toMatchObject({
      result: { data: [{ action: 'project_key.create' }] },
    })
    const other = await createProject(service, people.mate, 'private')
    expect((await ask(people.mate.token, other.uuid)).body).toMatchObject({ result: { data: [] } })
    expect((await ask(people.viewer.token, project.uuid)).status).toBe(404)
  })

  test('whose content was dropped keep their number and their hash', async () => {
    await sql(
      'UPDATE audit_events SET line = NULL, action = NULL, person = NULL, project = NULL, key = NULL WHERE chain = $1 AND number = 1',
      project.organization,
    )
    const [event] = Events.parse(await read({ before: 2 }))
    expect(event).toEqual({
      number: 1,
      chain: project.organization,
      dropped: true,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })
})

const sql = (text: string, ...values: unknown[]) => service.db.pool.query(text, values)
