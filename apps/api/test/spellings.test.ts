import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Answer } from './http.ts'
import { callRest, idFields, inputOf, namesOf } from './inputs.ts'
import { isRest, procedures, type RestProcedure } from './procedures.ts'
import { startService } from './service.ts'
import { createPeople, createTenant, type People, type Tenant } from './tenant.ts'

const service = await startService()
let people: People

beforeAll(async () => {
  people = await createPeople(service)
})

const UUID = '01890a5d-ac96-774b-bcce-b302099a8057'
const SPELLINGS: Record<string, (uuid: string) => string> = {
  'in lower case': (uuid) => uuid,
  'in upper case': (uuid) => uuid.toUpperCase(),
  'in both cases': (uuid) => uuid.replace(/[a-f]/, (letter) => letter.toUpperCase()),
  'without hyphens': (uuid) => uuid.replaceAll('-', ''),
  'without hyphens, in upper case': (uuid) => uuid.replaceAll('-', '').toUpperCase(),
}
const spellings = Object.entries(SPELLINGS).map(([name, spell]) => ({ name, spell }))

/** Compared exactly, because the customer's own system chose it. */
const EXACT = ['external_id']
/** A field that takes a UUID or an address, but not any text, names something. */
const takes = (field: z.ZodType, text: string) => field.safeParse(text).success
const fields = procedures.flatMap(({ name, shape }) =>
  Object.entries(shape)
    .filter(([name, field]) => !EXACT.includes(name) && !takes(field, 'no id!'))
    .map(([field, schema]) => ({ path: `${name}: ${field}`, schema })),
)
const ids = fields.filter(({ schema }) => takes(schema, UUID))
const addresses = fields.filter(({ schema }) => takes(schema, 'ada@example.com'))

describe('at the edge', () => {
  test.each(ids)('the id $path reads as one text however it is spelled', ({ schema }) => {
    for (const { spell } of spellings) expect(schema.parse(spell(UUID))).toBe(UUID)
  })

  test.each(addresses)('the address $path reads as one text however it is spelled', ({ schema }) => {
    for (const text of ['ada@example.com', 'ADA@example.com', 'Ada@Example.COM']) {
      expect(schema.parse(text)).toBe('ada@example.com')
    }
  })

  test('there are ids and addresses', () => {
    expect(ids.length).toBeGreaterThan(50)
    expect(addresses.length).toBeGreaterThan(4)
  })
})

const named = procedures.filter(isRest).filter(({ endpoint }) => endpoint.path.includes('{'))
const reads = named.filter(({ endpoint }) => endpoint.method === 'GET')
const writes = named.filter(({ endpoint }) => endpoint.method !== 'GET')

type Spell = (uuid: string) => string

function callerOf({ name, endpoint }: RestProcedure) {
  if (name.startsWith('madeKeys')) return service.admin
  return endpoint.path.startsWith('/v0/users') ? people.maintainer : people.leader
}

const spelled = (value: unknown, spell: Spell) =>
  Array.isArray(value) ? value.map((each) => spell(String(each))) : spell(String(value))

/** Calls a procedure of REST as a person who may: an admin, about themselves the maintainer, else the leader. */
function send(procedure: RestProcedure, tenant: Tenant, spell: Spell) {
  const { token } = callerOf(procedure)
  const ids = idFields(procedure)
  const values = Object.entries(reads.includes(procedure) ? namesOf(procedure, tenant) : inputOf(procedure, tenant))
  const input = values.map(([field, value]) => [field, ids.includes(field) ? spelled(value, spell) : value])
  return callRest(service, procedure, { token, input: Object.fromEntries(input) })
}

const said = ({ status, body }: Answer) => ({
  status,
  body: status < 400 ? body : z.object({ message: z.string() }).parse(body).message,
})

/** Fails where any path answers one spelling otherwise than another. */
async function expectOneAnswer(tenant: Tenant, spell: Spell) {
  for (const read of reads) {
    const [plain, spelled] = await Promise.all([send(read, tenant, (uuid) => uuid), send(read, tenant, spell)])
    expect([read.name, said(spelled)]).toEqual([read.name, said(plain)])
  }
}

describe.each(spellings.slice(1))('ids $name', ({ spell }) => {
  let untouched: Tenant
  beforeAll(async () => {
    untouched = await createTenant(service, people)
  })

  test('are answered as the plain ones by every path that reads', () => expectOneAnswer(untouched, spell))
})

test.each(writes)(
  '$endpoint.method $endpoint.path takes an id spelled otherwise, and every path then tells of it alike',
  async (write) => {
    const tenant = await createTenant(service, people)
    const spell = (uuid: string) => uuid.replaceAll('-', '').toUpperCase()
    expect((await send(write, tenant, spell)).status).toBe(write.endpoint.status)
    await expectOneAnswer(tenant, spell)
  },
)

describe('a key that is verified', () => {
  const verify = (key: string, project?: string) =>
    service.send('GET', `/v0/verify${project ? `?project=${project}` : ''}`, { token: key })
  const write = (name: string, tenant: Tenant, spell: Spell) => {
    const procedure = writes.find((each) => each.name === name)
    if (!procedure) throw new Error(`The router has no ${name}.`)
    return send(procedure, tenant, spell)
  }

  test.each(spellings)('is refused at once in this very process, revoked by a UUID $name', async ({ spell }) => {
    const tenant = await createTenant(service, people)
    const { key } = tenant.key
    expect((await verify(key)).status).toBe(200)
    await write('projectKeys.revoke', tenant, spell)
    expect((await verify(key)).status).toBe(401)
  })

  test.each(spellings)('is refused at once with its project, deleted by a UUID $name', async ({ spell }) => {
    const tenant = await createTenant(service, people)
    const { key } = tenant.key
    expect((await verify(key)).status).toBe(200)
    await write('projects.delete', tenant, spell)
    expect((await verify(key)).status).toBe(401)
  })

  test.each(spellings)('has its new name at once, renamed by a UUID $name', async ({ spell }) => {
    const tenant = await createTenant(service, people)
    const { key } = tenant.key
    expect((await verify(key)).body).toMatchObject({ name: 'target' })
    await write('projectKeys.rename', tenant, spell)
    expect((await verify(key)).body).toMatchObject({ name: 'New' })
  })

  test.each(spellings)('is good at its project, and at no other, named by a UUID $name', async ({ spell }) => {
    const [tenant, other] = [await createTenant(service, people), await createTenant(service, people)]
    const { key } = tenant.key
    expect((await verify(key, spell(tenant.project.uuid))).status).toBe(200)
    expect((await verify(key, spell(other.project.uuid))).status).toBe(403)
  })
})

describe('a slug in the form of a UUID', () => {
  const slugs = [UUID, UUID.replaceAll('-', '')]

  test.each(slugs)('is no new slug: %s', async (slug) => {
    const { project, maintainer, leader } = await createTenant(service, people)
    const [token, name] = [leader.token, 'New']
    const answers = [
      await service.send('POST', '/v0/organizations', { token, body: { name, slug } }),
      await service.send('PATCH', `/v0/organizations/${project.organization}`, { token, body: { slug } }),
      await service.send('POST', `/v0/organizations/${project.organization}/projects`, { token, body: { name, slug } }),
      await service.send('PATCH', `/v0/projects/${project.uuid}`, { token, body: { slug } }),
      await service.send('PATCH', `/v0/users/${maintainer.uuid}`, { token: maintainer.token, body: { slug } }),
      await service.send('POST', '/v0/auth/signup', { body: { name, slug, email: 'new@example.com', i_agree: true } }),
    ]
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 400))
  })

  test.each(slugs)('is not made of the name %s', async (name) => {
    const { project, leader } = await createTenant(service, people)
    const path = `/v0/organizations/${project.organization}/projects`
    const { body } = await service.send('POST', path, { token: leader.token, body: { name } })
    const { slug, uuid } = z.object({ slug: z.string(), uuid: z.string() }).parse(body)
    expect(slug).toMatch(new RegExp(`^${name}-[0-9a-f]{6}$`))
    expect((await service.send('GET', `/v0/projects/${slug}`, leader)).body).toMatchObject({ uuid })
  })

  test.each(slugs)('that is there is reached by the UUID of its project alone: %s', async (slug) => {
    const { project, leader, key } = await createTenant(service, people)
    await service.db.pool.query('UPDATE projects SET slug = $1 WHERE uuid = $2', [slug, project.uuid])
    service.verifier.evict(project.uuid)
    const statusOf = async (path: string, token: string) => (await service.send('GET', path, { token })).status
    expect(await statusOf(`/v0/projects/${slug}`, leader.token)).toBe(404)
    expect(await statusOf(`/v0/projects/${project.uuid}`, leader.token)).toBe(200)
    expect(await statusOf(`/v0/verify?project=${slug}`, key.key)).toBe(403)
    expect(await statusOf(`/v0/verify?project=${project.uuid}`, key.key)).toBe(200)
    await service.send('DELETE', `/v0/projects/${project.uuid}`, leader)
  })
})
