import { execute } from '@project-keys/keys/test'
import { beforeAll, expect, test } from 'vitest'
import { formOf } from './http.ts'
import { startService } from './service.ts'
import { createKey, createProject, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
const REASON = 'Found in a public repository'
let ada: Person
let project: Project
let key: Awaited<ReturnType<typeof createKey>>

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
  key = await createKey(service, ada, project, { name: 'ci' })
  await service.send('DELETE', keyOf(project, key), ada)
  await execute(service.databaseUrl, 'UPDATE project_keys SET reason = $1', [REASON])
})

test('the reason of a revocation is on the key’s page, for those who manage it', async () => {
  const input = encodeURIComponent(JSON.stringify({ project: project.slug, key: key.uuid }))
  const { body } = await service.send('GET', `/trpc/projectKeys.details?input=${input}`, ada)
  expect(body).toMatchObject({ result: { data: { reason: REASON } } })
})

test('the reason of a revocation is in no answer of REST, and its holder never learns it', async () => {
  const asManager = { token: ada.token }
  const asHolder = { token: key.key }
  const answers = await Promise.all([
    service.send('GET', keyOf(project, key), asManager),
    service.send('GET', `${keysOf(project)}?revoked=true`, asManager),
    service.send('PATCH', keyOf(project, key), { ...asManager, body: { name: 'new' } }),
    service.send('DELETE', keyOf(project, key), asManager),
    service.send('POST', '/v0/introspect', { ...asManager, ...formOf({ token: key.key }) }),
    service.send('GET', '/v0/verify', asHolder),
    service.send('GET', `/v0/projects/${project.slug}`, asHolder),
  ])
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 409, 200, 401, 401])
  for (const { text } of answers) expect(text).not.toContain(REASON)
})
