import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import { createKey, createProject, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
})

const query = (name: string, input?: unknown, token?: string) => {
  const parameters = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`
  return service.send('GET', `/trpc/${name}${parameters}`, { token })
}
const mutate = (name: string, input: unknown, token?: string) =>
  service.send('POST', `/trpc/${name}`, { token, headers: { 'content-type': 'application/json' }, body: input })

const Failure = z.object({
  error: z.strictObject({
    message: z.string(),
    code: z.int(),
    data: z.strictObject({
      code: z.string(),
      httpStatus: z.int(),
      path: z.string().optional(),
      request_id: z.uuid(),
      error_code: z.string(),
    }),
  }),
})

test('a batch has at most 16 calls: one more is a 400, and nothing is called', async () => {
  const batch = (calls: number) => query(`${Array(calls).fill('users.me').join(',')}?batch=1`, undefined, ada.token)
  expect((await batch(16)).status).toBe(200)
  const { status, body } = await batch(17)
  expect([status, body]).toMatchObject([400, { error_code: 'invalid_request', message: expect.stringContaining('16') }])
})

describe('a refusal over tRPC', () => {
  test('is a sentence with the request’s id, and never a stack', async () => {
    const input = { project: project.slug, per_page: 256 }
    const answers = [
      await query('projectKeys.list', input),
      await query('projectKeys.list', input, ada.token),
      await query('projectKeys.list', { project: 'nowhere' }, ada.token),
      await query('nope', {}, ada.token),
      await mutate('projectKeys.create', 'x', ada.token),
      await mutate('projectKeys.create', { project: project.slug, name: ' ' }, ada.token),
      await query('projectKeys.create', { project: project.slug, name: 'a' }, ada.token),
    ]
    expect(answers.map(({ status }) => status)).toEqual([401, 400, 404, 404, 400, 400, 405])
    for (const { text, headers } of answers) {
      const { error } = Failure.parse(JSON.parse(text))
      expect(error.data.request_id).toBe(headers.get('x-request-id'))
      expect(error.message).toMatch(/^[^\n{[]+$/)
      expect(text).not.toMatch(/stack|node_modules|\.ts\b/)
    }
  })

  test('repeats no credential', async () => {
    const { key } = await createKey(service, ada, project, { name: 'a' })
    for (const input of [{ project: key }, { project: project.slug, key }]) {
      expect((await query('projectKeys.view', input, `${key}x`)).text).not.toContain(key)
      expect((await query('projectKeys.view', input, ada.token)).text).not.toContain(key)
    }
  })
})

describe('the worker’s procedures', () => {
  test('are refused to everybody over HTTP', async () => {
    for (const token of [undefined, ada.token, service.admin.token]) {
      expect((await mutate('maintenance.sweep', undefined, token)).status).toBe(403)
      expect((await mutate('maintenance.sweep', { worker: true }, token)).status).toBe(403)
    }
  })

  test('have no address in REST', async () => {
    expect((await service.send('GET', '/v0/server/spec')).text).not.toContain('sweep')
  })
})

describe('what only the console calls', () => {
  test('makes a form’s key once: the second time is a conflict', async () => {
    const input = { project: project.slug, uuid: '01890a5d-ac96-774b-bcce-b302099a8057', name: 'form', ttl: 60 }
    expect((await mutate('projectKeys.createOnce', input, ada.token)).status).toBe(200)
    expect((await mutate('projectKeys.createOnce', input, ada.token)).status).toBe(409)
  })

  test('shows a page with makers and the totals of both tabs, and all about a key', async () => {
    const { text } = await query('projectKeys.page', { project: project.slug, search: 'form' }, ada.token)
    const person = { uuid: ada.uuid, name: 'Ada' }
    expect(JSON.parse(text)).toMatchObject({
      result: { data: { total: 1, active: 2, revoked: 0, keys: [{ name: 'form', creator: person, revoked: null }] } },
    })
    const key = { project: project.slug, key: '01890a5d-ac96-774b-bcce-b302099a8057' }
    await mutate('projectKeys.revoke', key, ada.token)
    expect(JSON.parse((await query('projectKeys.details', key, ada.token)).text)).toMatchObject({
      result: {
        data: { revoker: person, revoked: '2026-05-01T12:00:00Z', last_four: expect.stringMatching(/^\w{4}$/) },
      },
    })
  })

  test('is refused by the same rules as REST', async () => {
    const outsider = await signUp(service)
    for (const name of ['projectKeys.page', 'projectKeys.details', 'projects.overview']) {
      const input = { project: project.slug, key: ada.uuid }
      expect((await query(name, input)).status).toBe(401)
      expect((await query(name, input, outsider.token)).status).toBe(403)
    }
    const form = { project: project.slug, uuid: ada.uuid, name: 'x' }
    expect((await mutate('projectKeys.createOnce', form, outsider.token)).status).toBe(403)
  })

  test('ends a session at once, everywhere', async () => {
    const bob = await signUp(service)
    const other = service.tokenOf(bob.email)
    expect((await mutate('auth.signOut', undefined, bob.token)).status).toBe(200)
    expect((await service.send('GET', `/v0/projects/${project.slug}`, bob)).status).toBe(401)
    expect((await query('users.me', undefined, bob.token)).status).toBe(401)
    expect((await query('users.me', undefined, other)).status).toBe(200)
  })
})
