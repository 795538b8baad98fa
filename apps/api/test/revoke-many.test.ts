import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { expectRefusal } from './http.ts'
import { startService } from './service.ts'
import { createKey, createProject, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project
beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
})

const send = (method: string, path: string, body?: unknown) => service.send(method, path, { token: ada.token, body })
const revoke = (body: unknown) => send('POST', `${keysOf(project)}/revoke`, body)
const verify = async (key: string) => (await service.send('GET', '/v0/verify', { token: key })).status

describe('POST /v0/projects/{project}/keys/revoke', () => {
  test('answers 200 with an outcome for each UUID in the order sent, and ends the live ones', async () => {
    const [live, dead] = [
      await createKey(service, ada, project, { name: 'a' }),
      await createKey(service, ada, project, { name: 'b' }),
    ]
    const foreign = await createKey(service, ada, await createProject(service, ada), { name: 'c' })
    await send('DELETE', keyOf(project, dead))
    const unknown = randomUUID()
    const keys = [foreign.uuid, live.uuid.toUpperCase(), unknown, dead.uuid, live.uuid]
    const { status, body } = await revoke({ keys, reason: '  found in a repository ' })
    expect([status, body]).toEqual([
      200,
      [
        { uuid: foreign.uuid, outcome: 'not_found' },
        { uuid: live.uuid, outcome: 'revoked' },
        { uuid: unknown, outcome: 'not_found' },
        { uuid: dead.uuid, outcome: 'already_revoked' },
      ],
    ])
    expect(await Promise.all([live, dead, foreign].map(({ key }) => verify(key)))).toEqual([401, 401, 200])
  })

  test('tells the reason to those who manage the key, and neither over REST nor to the holder', async () => {
    const key = await createKey(service, ada, project, { name: 'told' })
    await revoke({ keys: [key.uuid], reason: 'a leak' })
    const view = await send('GET', keyOf(project, key))
    const holder = await service.send('GET', '/v0/verify', { token: key.key })
    expect(view.text + holder.text + JSON.stringify([...holder.headers])).not.toContain('a leak')
    const input = encodeURIComponent(JSON.stringify({ project: project.uuid, key: key.uuid }))
    expect((await send('GET', `/trpc/projectKeys.details?input=${input}`)).text).toContain('"reason":"a leak"')
  })

  test('takes a thousand UUIDs and no more', async () => {
    const some = (count: number) => Array.from({ length: count }, () => randomUUID())
    expect((await revoke({ keys: some(1000) })).status).toBe(200)
    for (const body of [
      { keys: some(1001) },
      { keys: [] },
      {},
      { keys: 'all' },
      { keys: ['all'] },
      { keys: [7] },
      { keys: null },
      { keys: some(1), reason: '' },
      { keys: some(1), reason: '   ' },
      { keys: some(1), reason: 'x'.repeat(201) },
      { keys: some(1), reason: 'two\nlines' },
      { keys: some(1), reason: '\ud800' },
      { keys: some(1), reason: 7 },
    ]) {
      const answer = await revoke(body)
      expectRefusal(answer)
      expect([body, answer.status]).toEqual([body, 400])
    }
    expect((await revoke({ keys: some(1), reason: '\u{1f511}'.repeat(200) })).status).toBe(200)
    expect((await revoke({ keys: some(1), reason: null })).status).toBe(200)
  })

  test('is the only new method of its path, and export that of its own', async () => {
    for (const path of ['revoke', 'export']) {
      const others = ['GET', 'HEAD', 'PATCH', 'DELETE', 'PUT', 'POST', 'OPTIONS'].filter(
        (method) => method !== (path === 'revoke' ? 'POST' : 'GET'),
      )
      for (const method of others) {
        const body = method === 'PATCH' ? { name: 'x' } : undefined
        const comparable = async (name: string) => {
          const { status, headers } = await send(method, `${keysOf(project)}/${name}`, body)
          return [method, status, headers.get('allow')]
        }
        expect(await comparable(path)).toEqual(await comparable('another'))
      }
    }
  })
})
