import type { AppRouter } from '@project-keys/keys'
import { createTRPCClient, httpBatchLink, TRPCClientError } from '@trpc/client'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Answer } from './http.ts'
import { startService } from './service.ts'
import { createKey, createProject, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
  for (const name of ['a', 'A', 'ab', 'é', '100%', 'a_b']) await createKey(service, ada, project, { name })
  await service.send('DELETE', keyOf(project, await createKey(service, ada, project, { name: 'old' })), ada)
})

const rest = (method: string, path: string, body?: unknown) => service.send(method, path, { ...ada, body })
const trpcQuery = (name: string, input: unknown) =>
  service.send('GET', `/trpc/${name}?input=${encodeURIComponent(JSON.stringify(input))}`, ada)
const trpcMutation = (name: string, input: unknown) => service.send('POST', `/trpc/${name}`, { ...ada, body: input })

const Result = z.object({
  result: z.object({ data: z.unknown() }).optional(),
  error: z.object({ message: z.string() }).optional(),
})

/** The comparable part of a response: the status of a refusal, or the data without its random fields. */
function outcomeOf({ status, body, headers }: Answer) {
  if (status >= 400) return { status }
  const unwrapped = Result.safeParse(body)
  const data = unwrapped.success && unwrapped.data.result ? unwrapped.data.result.data : body
  const known = Array.isArray(data) ? data : Object.assign({}, data, { uuid: null, key: null })
  return { data: known, total: headers.get('x-total-count') }
}

const letters = fc.oneof(
  fc.constantFrom('a', 'A', 'é', '%', '_', '\\', ' ', '\n', '\0', '🚀', '\u2028'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
)
const text = fc.array(letters, { maxLength: 66 }).map((all) => all.join('').toWellFormed())
const number = fc.oneof(
  fc.integer({ min: -2, max: 300 }),
  fc.constantFrom(1.5, 4294967295, 4294967296, 1e21, -0, 2 ** 53),
)
const other = fc.constantFrom<unknown>(null, true, '', '60', [], {}, ['a'])
const given = { requiredKeys: [] }
const RUNS = { numRuns: 150 }

describe('REST and tRPC agree', () => {
  test('on every create', async () => {
    const body = fc.record({ name: fc.oneof(text, text, text, other), ttl: fc.oneof(number, other) }, given)
    const property = fc.asyncProperty(body, async (body) => {
      const answers = [
        await rest('POST', keysOf(project), body),
        await trpcMutation('projectKeys.create', { ...body, project: project.slug }),
      ].map(outcomeOf)
      expect(answers[0]).toEqual(answers[1])
    })
    await fc.assert(property, RUNS)
  })

  test('on every rename', async () => {
    const { uuid } = await createKey(service, ada, project, { name: 'renamed' })
    const body = fc.record({ name: fc.oneof(text, text, text, other), ttl: number }, given)
    const property = fc.asyncProperty(body, async (body) => {
      const answers = [
        await rest('PATCH', keyOf(project, { uuid }), body),
        await trpcMutation('projectKeys.rename', { ...body, project: project.slug, key: uuid }),
      ].map(outcomeOf)
      expect(answers[0]).toEqual(answers[1])
    })
    await fc.assert(property, RUNS)
  })

  test('on every list', async () => {
    const query = fc.record(
      {
        page: fc.oneof(fc.constantFrom(0, 1, 2), number),
        per_page: fc.oneof(fc.constantFrom(0, 1, 2, 255), number),
        sort: fc.constantFrom('name', 'creation'),
        direction: fc.constantFrom('asc', 'desc', 'DESC'),
        name: fc.oneof(fc.constantFrom('a', 'é'), text),
        revoked: fc.boolean(),
        search: fc.oneof(fc.constantFrom('', 'a', 'É', '%', '_', 'b'), text),
      },
      given,
    )
    const property = fc.asyncProperty(query, async (query) => {
      const texts = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)])
      const answers = [
        await rest('GET', `${keysOf(project)}?${new URLSearchParams(texts)}`),
        await trpcQuery('projectKeys.list', { ...query, project: project.slug }),
      ].map(outcomeOf)
      expect(answers[0]).toEqual(answers[1])
    })
    await fc.assert(property, RUNS)
  })
})

describe('a REST call', () => {
  test('changes nothing of what tRPC takes: there a text is no number and no boolean', async () => {
    await rest('GET', `${keysOf(project)}?revoked=false&page=1&per_page=3`)
    await rest('POST', keysOf(project), { name: 'a', ttl: null })
    await rest('POST', keysOf(project), { name: 'a', ttl: 60 })
    const at = { project: project.slug }
    for (const wrong of [
      { revoked: 'false' },
      { revoked: 0 },
      { page: '1' },
      { per_page: '3' },
      { page: true },
      { per_page: null },
    ]) {
      expect((await trpcQuery('projectKeys.list', { ...at, ...wrong })).status).toBe(400)
    }
    expect((await trpcMutation('projectKeys.create', { ...at, name: 'a', ttl: '60' })).status).toBe(400)
    expect((await trpcMutation('projectKeys.create', { ...at, name: 60, ttl: 60 })).status).toBe(400)
    const { text } = await trpcMutation('projectKeys.create', { ...at, name: 'a', ttl: null })
    expect(text).toContain('"expiration":"2162-06-07T18:28:15Z"')
  })
})

describe('a typed client', () => {
  const client = (token: string) =>
    createTRPCClient<AppRouter>({
      links: [httpBatchLink({ url: `${service.address}/trpc`, headers: { authorization: `Bearer ${token}` } })],
    })

  test('creates, lists and revokes', async () => {
    const { projectKeys } = client(ada.token)
    const key = await projectKeys.create.mutate({ project: project.slug, name: 'typed', ttl: 60 })
    expect(key.expiration).toBe('2026-05-01T12:01:00Z')
    const asked = { project: project.slug, name: 'typed' }
    const [listed, revoked] = await Promise.all([
      projectKeys.list.query(asked),
      projectKeys.list.query({ ...asked, revoked: true }),
    ])
    expect([listed.length, revoked.length]).toEqual([1, 0])
    await projectKeys.revoke.mutate({ project: project.slug, key: key.uuid })
    await expect(projectKeys.revoke.mutate({ project: project.slug, key: key.uuid })).rejects.toThrow(
      'The key is already revoked.',
    )
  })

  test('is told who may not in the same words as over REST', async () => {
    const outsider = await signUp(service)
    const { body } = await service.send('GET', keysOf(project), outsider)
    const refusal = await client(outsider.token)
      .projectKeys.list.query({ project: project.slug })
      .catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(TRPCClientError)
    expect(body).toMatchObject({ message: refusal instanceof Error ? refusal.message : '' })
  })
})
