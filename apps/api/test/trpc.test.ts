import { type AppRouter, createLimits } from '@project-keys/keys'
import { createTRPCClient, httpBatchLink } from '@trpc/client'
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

describe('a batch', () => {
  test('has at most 64 calls: one more is a 400, and nothing is called', async () => {
    const batch = (calls: number) => query(`${Array(calls).fill('users.me').join(',')}?batch=1`, undefined, ada.token)
    expect((await batch(64)).status).toBe(200)
    const { status, body } = await batch(65)
    const refused = { error_code: 'batch_too_large', message: expect.stringContaining('64') }
    expect([status, body]).toMatchObject([400, refused])
  })

  test('of 64 calls is made by the client as it comes, which can read why 65 are refused', async () => {
    const client = createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: `${service.address}/trpc` })] })
    const callTogether = (calls: number) =>
      Promise.allSettled(Array.from({ length: calls }, () => client.server.version.query({})))
    const made = await callTogether(64)
    expect(made.map(({ status }) => status)).toEqual(Array(64).fill('fulfilled'))
    const refused = await callTogether(65)
    const reason = { message: expect.stringContaining('64'), data: { httpStatus: 400, error_code: 'batch_too_large' } }
    expect(refused).toMatchObject(Array(65).fill({ status: 'rejected', reason }))
  })

  test('counts each of its calls against a limit', async () => {
    const limit = { count: 10, span: 60 }
    const limited = await startService({
      limits: (db) =>
        createLimits(db, { sign_in: limit, authentication: limit, keys: limit, mails: limit, recipients: limit }),
    })
    const path = `/trpc/${Array(64).fill('users.me').join(',')}?batch=1`
    const { body } = await limited.send('GET', path, { token: 'wrong' })
    const statuses = z.array(Failure).parse(body)
    const statusOf = ({ error }: z.infer<typeof Failure>) => error.data.httpStatus
    expect(statuses.map(statusOf).toSorted()).toEqual([...Array(10).fill(401), ...Array(54).fill(429)])
  })
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

test('a refusal of a whole request has tRPC’s shape beside that of all refusals, for clients of both', async () => {
  const send = (type: string, body: string) =>
    service.send('POST', '/trpc/projects.create', { ...ada, headers: { 'content-type': type }, body })
  const answers = [
    await send('text/plain', '{}'),
    await send('application/json', ' '.repeat((1 << 20) + 1)),
    await query(`${Array(65).fill('users.me').join(',')}?batch=1`),
  ]
  expect(answers.map(({ status }) => status)).toEqual([415, 413, 400])
  for (const { text, body, status } of answers) {
    const { error } = Failure.parse(JSON.parse(text))
    const { error_code, request_id } = error.data
    expect(body).toEqual({ message: error.message, error_code, request_id, error: expect.anything() })
    expect(error.data.httpStatus).toBe(status)
  }
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

  test('shows a page with makers and the counts of all tabs, and all about a key', async () => {
    const { text } = await query('projectKeys.page', { project: project.slug, search: 'form' }, ada.token)
    const person = { uuid: ada.uuid, name: 'Ada' }
    expect(JSON.parse(text)).toMatchObject({
      result: {
        data: {
          total: 1,
          counts: { active: { total: 2, more: false }, expired: { total: 0 }, revoked: { total: 0 } },
          keys: [{ name: 'form', creator: person, revoked: null }],
        },
      },
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
