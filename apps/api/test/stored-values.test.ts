import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { expectDocumented, type Operation, readOperations } from './document.ts'
import type { Answer } from './http.ts'
import { formOf } from './http.ts'
import { callRest, callTrpc, namesOf } from './inputs.ts'
import { isRest, procedures, type RestProcedure } from './procedures.ts'
import { startService } from './service.ts'
import { createPeople, createTenant, type People, type Tenant } from './tenant.ts'

/**
 * A value of each kind of text that a rule for new values refuses, as an older release or an import may have stored it.
 * Each is an SQL expression, and unique for each row where it must be.
 */
const OLD: Record<string, string> = {
  name: `' \u202e' || repeat('old ', 30) || U&'\\0007'`,
  slug: 'md5(uuid::text)',
  email: `'an old address of ' || uuid`,
  url: `'ftp://old.example'`,
  description: `U&' \\0007'`,
  external_id: `'é ' || uuid`,
  reason: `U&' \\0007'`,
}
/** Texts that no caller ever chose. */
const GENERATED = ['last_four', 'role', 'search', 'address', 'new_email', 'audit']
const TABLES = ['users', 'organizations', 'projects', 'project_keys', 'user_keys', 'invitations']

const service = await startService()
let people: People
let tenant: Tenant
let operations: Operation[]
const changed: string[] = []

const Column = z.object({ table: z.string(), column: z.string() })
const ADMIN = service.admin.email

beforeAll(async () => {
  people = await createPeople(service)
  tenant = await createTenant(service, people)
  operations = await readOperations(service)
  const { rows } = await service.db.pool.query(
    `SELECT table_name AS table, column_name AS column FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = ANY($1) AND data_type = 'text'`,
    [TABLES],
  )
  for (const { table, column } of z.array(Column).parse(rows)) {
    if (GENERATED.includes(column)) continue
    const value = OLD[column]
    if (!value) throw new Error(`Say here what an old value of ${table}.${column} may be.`)
    const where = column === 'email' ? `WHERE email <> '${ADMIN}'` : ''
    await service.db.pool.query(`UPDATE ${table} SET ${column} = ${value} ${where}`)
    changed.push(`${table}.${column}`)
  }
  for (const uuid of [tenant.project.uuid, tenant.key.uuid]) service.verifier.evict(uuid)
})

const { token } = service.admin
const oldEmail = ({ uuid }: { uuid: string }) => `an old address of ${uuid}`

const inRest = procedures.filter(isRest)
/** Events are lines as they were sealed, with tests of their own. */
const reads = inRest.filter(
  ({ name, endpoint }) => endpoint.method === 'GET' && !endpoint.plain && !name.startsWith('events.'),
)
const updates = inRest.filter(({ name, endpoint }) => endpoint.body === 'optional' && name.endsWith('.update'))
const queries = procedures.filter(({ type, name }) => type === 'query' && !name.startsWith('verification.verify'))

function expectAnswered({ endpoint }: RestProcedure, answer: Answer) {
  expect(answer.status).toBe(200)
  const operation = operations.find(({ method, path }) => method === endpoint.method && path === endpoint.path)
  if (operation) expectDocumented(operation, answer)
}

test('each text that a caller can choose has an old value', () => {
  expect(changed.sort()).toEqual([
    'invitations.email',
    'organizations.name',
    'organizations.slug',
    'project_keys.description',
    'project_keys.external_id',
    'project_keys.name',
    'project_keys.reason',
    'projects.name',
    'projects.slug',
    'projects.url',
    'user_keys.name',
    'users.email',
    'users.name',
    'users.slug',
  ])
})

describe('values that new ones may no longer have', () => {
  test.each(reads)('leave by $endpoint.method $endpoint.path', async (procedure) => {
    const answer = await callRest(service, procedure, { token, input: namesOf(procedure, tenant) })
    expectAnswered(procedure, answer)
    if ('per_page' in procedure.shape) expect(answer.body).not.toEqual([])
  })

  test.each(updates)('leave by $endpoint.method $endpoint.path, which changes nothing', async (procedure) => {
    expectAnswered(procedure, await callRest(service, procedure, { token, input: namesOf(procedure, tenant) }))
  })

  test.each(queries)('leave by the query $name', async (procedure) => {
    expect((await callTrpc(service, procedure, { token, input: namesOf(procedure, tenant) })).status).toBe(200)
  })

  test('leave by every verification', async () => {
    const { key, project } = tenant
    const answer = await service.send('GET', '/v0/verify', { token: key.key })
    const slug = answer.headers.get('x-project')
    expect(slug).toMatch(/^[0-9a-f]{32}$/)
    expect(answer.body).toMatchObject({ name: expect.stringContaining('old'), project: { uuid: project.uuid, slug } })
    expect((await service.send('GET', `/v0/projects/${project.uuid}`, { token: key.key })).status).toBe(200)
    const asked = await service.send('POST', '/v0/introspect', { token, ...formOf({ token: key.key }) })
    expect(asked.body).toMatchObject({ active: true, project: { slug } })
  })

  test('leave by every verification as a header can hold them, too: a slug in another script is percent-encoded', async () => {
    const { key, project } = tenant
    const setSlug = async (slug: string) => {
      await service.db.pool.query('UPDATE projects SET slug = $1 WHERE uuid = $2', [slug, project.uuid])
      service.verifier.evict(project.uuid)
    }
    const [{ slug: before = '' } = {}] = (
      await service.db.pool.query<{ slug: string }>('SELECT slug FROM projects WHERE uuid = $1', [project.uuid])
    ).rows
    for (const [slug, header] of [
      ['проект', '%D0%BF%D1%80%D0%BE%D0%B5%D0%BA%D1%82'],
      ['two\nlines', 'two%0Alines'],
      ['100% é', '100%%20%C3%A9'],
    ] as const) {
      await setSlug(slug)
      const { status, headers, body } = await service.send('GET', '/v0/verify', { token: key.key })
      expect([status, headers.get('x-project'), body]).toMatchObject([200, header, { project: { slug } }])
    }
    await setSlug(before)
  })

  test('leave by what a link shows, and by the session that it gives', async () => {
    const { maintainer, guest, project } = tenant
    const link = { now: service.clock.now, ttl: 60 }
    const signIn = service.tokens.sign({ ...link, audience: 'auth', email: oldEmail(maintainer) })
    const place = { kind: 'project' as const, uuid: project.uuid, role: 'viewer' }
    const [row] = await service.db.prisma.invitation.findMany({ where: { project: project.uuid } })
    const invite = service.tokens.sign({ ...link, audience: 'invite', email: row?.email ?? guest.email, place })
    for (const [path, body] of [
      ['/trpc/auth.inspectLink', { token: signIn }],
      ['/v0/auth/confirm', { token: signIn }],
      ['/trpc/auth.inspectInvitation', { invite }],
      ['/trpc/auth.join', { invite }],
    ] as const) {
      expect([path, (await service.send('POST', path, { body })).status]).toEqual([path, 200])
    }
  })

  test('leave by the view of a user who has such an address: who they are', async () => {
    const { maintainer } = tenant
    const session = service.tokens.sign({
      audience: 'client',
      email: oldEmail(maintainer),
      now: service.clock.now,
      ttl: 60,
    })
    expect((await service.send('GET', '/trpc/users.me', { token: session })).status).toBe(200)
    expect((await service.send('GET', '/trpc/users.me', { token })).text).toContain('owner@localhost')
  })
})
