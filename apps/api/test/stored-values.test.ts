import { appRouter } from '@project-keys/keys'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { endpointsOf } from '../src/rest/endpoints.ts'
import { expectDocumented, type Operation, readOperations } from './document.ts'
import { formOf } from './http.ts'
import { inputsOf } from './inputs.ts'
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
}
/** Texts that no caller ever chose. */
const GENERATED = ['last_four', 'role', 'search', 'address', 'new_email']
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

function idsOf(name: string): Record<string, unknown> {
  const { project, key, userKey, maintainer, mate } = tenant
  const isOfUser = name.startsWith('user')
  return {
    project: project.uuid,
    organization: project.organization,
    user: isOfUser ? maintainer.uuid : mate.uuid,
    key: name.startsWith('userKeys') ? userKey.uuid : key.uuid,
    permission: 'view',
  }
}
const fill = (path: string, ids: Record<string, unknown>) =>
  path.replace(/\{(\w+)\}/g, (_, parameter: string) => String(ids[parameter]))

const endpoints = endpointsOf(appRouter)
const reads = endpoints.filter(({ method, plain }) => method === 'GET' && !plain)
const updates = endpoints.filter(({ method, name }) => method === 'PATCH' && name.endsWith('.update'))
const queries = inputsOf(appRouter).filter(({ type, name }) => type === 'query' && name !== 'verification.verify')

test('each text that a caller can choose has an old value', () => {
  expect(changed.sort()).toEqual([
    'invitations.email',
    'organizations.name',
    'organizations.slug',
    'project_keys.name',
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
  test.each(reads)('leave by $method $path', async ({ name, method, path }) => {
    const answer = await service.send(method, fill(path, idsOf(name)), { token })
    expect(answer.status).toBe(200)
    const operation = operations.find((each) => each.method === method && each.path === path)
    if (operation) expectDocumented(operation, answer)
    if ('per_page' in (endpoints.find((each) => each.name === name)?.shape ?? {})) expect(answer.body).not.toEqual([])
  })

  test.each(updates)('leave by $method $path, which changes nothing', async ({ name, method, path }) => {
    const answer = await service.send(method, fill(path, idsOf(name)), { token, body: {} })
    expect(answer.status).toBe(200)
    const operation = operations.find((each) => each.method === method && each.path === path)
    if (operation) expectDocumented(operation, answer)
  })

  test.each(queries)('leave by the query $name', async ({ name }) => {
    const input = encodeURIComponent(JSON.stringify(idsOf(name)))
    expect((await service.send('GET', `/trpc/${name}?input=${input}`, { token })).status).toBe(200)
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
