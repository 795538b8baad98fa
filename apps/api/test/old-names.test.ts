import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import { createKey, createProject, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
const OLD = 'admin\u202e\u3164'
let ada: Person
let project: Project
let key: Awaited<ReturnType<typeof createKey>>

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
  key = await createKey(service, ada, project, { name: 'ci' })
  for (const table of ['users', 'projects', 'project_keys'] as const) {
    const { uuid } = { users: ada, projects: project, project_keys: key }[table]
    await service.db.pool.query(`UPDATE ${table} SET name = $1 WHERE uuid = $2`, [OLD, uuid])
  }
})

const Named = z.object({ name: z.string() })
const nameIn = (body: unknown) => Named.parse(body).name

test('a key with a name that could not be a new one is listed, found by it, viewed, verified and revoked', async () => {
  for (const query of ['', `?name=${encodeURIComponent(OLD)}`, `?search=${encodeURIComponent(OLD)}`]) {
    const { status, body } = await service.send('GET', keysOf(project) + query, ada)
    expect([query, status, z.array(Named).parse(body).map(nameIn)]).toEqual([query, 200, [OLD]])
  }
  expect(nameIn((await service.send('GET', keyOf(project, key), ada)).body)).toBe(OLD)
  const verified = await service.send('GET', '/v0/verify', { token: key.key })
  expect([verified.status, nameIn(verified.body)]).toEqual([200, OLD])
  expect((await service.send('DELETE', keyOf(project, key), ada)).status).toBe(204)
})

test('a project or a user keeps such a name when something else is changed', async () => {
  const changes: [string, object][] = [
    [`/v0/projects/${project.slug}`, { url: 'https://example.com/new' }],
    [`/v0/users/${ada.uuid}`, { slug: 'ada-renamed' }],
  ]
  for (const [path, body] of changes) {
    const answer = await service.send('PATCH', path, { token: ada.token, body })
    expect([path, answer.status, nameIn(answer.body)]).toEqual([path, 200, OLD])
  }
})

test('no project, key or user gets such a name anew: 400, which names the character', async () => {
  const calls: [string, string][] = [
    ['POST', keysOf(project)],
    ['PATCH', keyOf(project, key)],
    ['PATCH', `/v0/projects/${project.slug}`],
    ['PATCH', `/v0/users/${ada.uuid}`],
    ['POST', '/v0/organizations'],
  ]
  for (const [method, path] of calls) {
    const { status, body } = await service.send(method, path, { token: ada.token, body: { name: OLD } })
    expect([method, path, status, body]).toMatchObject([
      method,
      path,
      400,
      { error_code: 'invalid_input', message: 'name: must not contain U+202E, because it is invisible.' },
    ])
  }
})
