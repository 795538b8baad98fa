import { execute } from '@project-keys/keys/test'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import { addMember, createKey, createProject, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let leader: Person
let project: Project
let viewer: Person
let developer: Person
let key: Awaited<ReturnType<typeof createKey>>

beforeAll(async () => {
  leader = await signUp(service, 'Leader')
  project = await createProject(service, leader)
  viewer = await addMember(service, project, 'viewer')
  developer = await addMember(service, project, 'developer')
  key = await createKey(service, leader, project, { name: 'ci-main' })
  const over = await createKey(service, leader, project, { name: 'over' })
  const dead = await createKey(service, leader, project, { name: 'dead' })
  await service.send('DELETE', keyOf(project, dead), leader)
  const run = (text: string, values: unknown[]) => execute(service.databaseUrl, text, values)
  await run('UPDATE project_keys SET expiration = creation WHERE uuid = $1', [over.uuid])
  await run(`UPDATE project_keys SET last_four = 'k3Qz', reason = 'leaked'`, [])
  await run(`INSERT INTO project_key_uses VALUES ($1, '2026-05-01T11:00:00Z', '10.0.3.7')`, [key.uuid])
})

const Answer = z.object({ result: z.object({ data: z.unknown() }) })

/** The part of the list that a caller gets; their status if it is refused. */
async function list(query: object, { token }: { token: string }) {
  const input = encodeURIComponent(JSON.stringify({ project: project.slug, ...query }))
  const { status, body } = await service.send('GET', `/trpc/projectKeys.readOnlyPage?input=${input}`, { token })
  return status === 200 ? Answer.parse(body).result.data : status
}
const total = (count: number) => ({ total: count, more: false })

describe('the list of keys for viewers and developers', () => {
  test('holds of each key its name, status, last four letters and last use, and nothing else', async () => {
    const shown = { name: 'ci-main', status: 'active', last_four: 'k3Qz', last_used: '2026-05-01T11:00:00Z' }
    const counts = { active: total(1), expired: total(1), revoked: total(1) }
    for (const person of [viewer, developer, leader]) {
      expect(await list({}, person)).toEqual({ keys: [shown], ...total(1), counts })
    }
    const unused = { last_four: 'k3Qz', last_used: null }
    for (const [state, name] of [
      ['expired', 'over'],
      ['revoked', 'dead'],
    ] as const) {
      expect(await list({ state }, viewer)).toMatchObject({ keys: [{ ...unused, name, status: state }] })
    }
  })

  test('is searched by what it shows, and by nothing that it does not show', async () => {
    const found = async (search: string, state = 'active') => {
      const page = z.object({ total: z.int(), counts: z.unknown() }).parse(await list({ search, state }, viewer))
      expect(page.counts).toEqual({ active: total(1), expired: total(1), revoked: total(1) })
      return page.total
    }
    expect([await found('MAIN'), await found('K3q'), await found('over', 'expired')]).toEqual([1, 1, 1])
    for (const hidden of [key.uuid, key.uuid.slice(-4), 'Leader', leader.uuid, '10.0.3.7', 'leaked', 'main\nk3Qz']) {
      expect([hidden, await found(hidden)]).toEqual([hidden, 0])
    }
  })

  test('is refused to others: a project’s being public gives it to nobody', async () => {
    const outsider = await signUp(service, 'Outsider')
    expect([await list({}, outsider), await list({}, { token: key.key })]).toEqual([403, 403])
  })

  test('opens none of the five endpoints of REST', async () => {
    const requests = [
      ['GET', keysOf(project)],
      ['POST', keysOf(project), { name: 'b' }],
      ['GET', keyOf(project, key)],
      ['PATCH', keyOf(project, key), { name: 'c' }],
      ['DELETE', keyOf(project, key)],
    ] as const
    for (const [method, path, body] of requests) {
      const statuses = [viewer, developer].map(
        async ({ token }) => (await service.send(method, path, { token, body })).status,
      )
      expect([method, await Promise.all(statuses)]).toEqual([method, [403, 403]])
    }
  })
})
