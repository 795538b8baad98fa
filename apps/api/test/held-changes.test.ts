import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createVerifier } from '@project-keys/keys'
import { generateKey } from '@project-keys/verify/key'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from './http.ts'
import { callRest, callTrpc, inputOf } from './inputs.ts'
import { isRest, type Procedure, procedures } from './procedures.ts'
import { startService } from './service.ts'
import { createPeople, createTenant, type People, type Tenant } from './tenant.ts'

const service = await startService()
let people: People

beforeAll(async () => {
  people = await createPeople(service)
})

const EVERY = 20 // ms
/** In ms: the feed is asked within it, so that what was forgotten too early is remembered again. */
const HELD = 700

/** A row that another transaction holds, so that the change has to wait for it. */
type Row = { table: 'project_keys' | 'projects'; uuid: string }
type Change = {
  row: (tenant: Tenant) => Row
  input?: (tenant: Tenant) => Record<string, unknown>
  /** The verdict on the tenant's key from the change on. */
  after: (answer: Answer, tenant: Tenant) => void
}

const ofKey = ({ key }: Tenant): Row => ({ table: 'project_keys', uuid: key.uuid })
const ofProject = ({ project }: Tenant): Row => ({ table: 'projects', uuid: project.uuid })
const isRefused = ({ status }: Answer) => expect(status).toBe(401)
const moved = ({ project }: Tenant) => `moved-${project.slug}`.slice(0, 40)

/** As a caller may spell it: what is evicted is the key, not the text. */
const inCapitals = ({ key }: Tenant) => ({ key: key.uuid.toUpperCase() })

/** Every mutation that changes what a verification says of a key. */
const CHANGES: Record<string, Change> = {
  'projectKeys.rename': {
    row: ofKey,
    input: inCapitals,
    after: ({ status, body }) => expect([status, body]).toMatchObject([200, { name: 'New' }]),
  },
  'projectKeys.revoke': { row: ofKey, input: inCapitals, after: isRefused },
  'projects.update': {
    row: ofProject,
    input: (tenant) => ({ slug: moved(tenant) }),
    after: ({ status, body }, tenant) =>
      expect([status, body]).toMatchObject([200, { project: { slug: moved(tenant) } }]),
  },
  'projects.delete': { row: ofProject, after: isRefused },
}
/** Every mutation after which this process knows keys that it had not known. */
const MAKE = ['projectKeys.create', 'projectKeys.createOnce']
const mutations = procedures.filter(({ type }) => type === 'mutation')
const verify = (token: string) => service.send('GET', '/v0/verify', { token })

/** Holds the row from before the change until it has waited for a while; returns once the change is acknowledged. */
async function changeHeld(
  procedure: Procedure,
  row: Row,
  input: Record<string, unknown>,
  meanwhile: () => Promise<void>,
) {
  const holder = await service.db.pool.connect()
  await holder.query('BEGIN')
  await holder.query(`SELECT FROM ${row.table} WHERE uuid = $1 FOR UPDATE`, [row.uuid])
  const { token } = people.leader
  let isOver = false
  const call = isRest(procedure) ? callRest : callTrpc
  const change = call(service, procedure, { token, input }).finally(() => {
    isOver = true
  })
  try {
    for (const end = Date.now() + HELD; Date.now() < end; await sleep(EVERY)) await meanwhile()
    expect(isOver).toBe(false)
  } finally {
    await holder.query('COMMIT')
    holder.release()
  }
  const { status } = await change
  expect(status).toBe(procedure.endpoint?.status ?? 200)
}

describe('a mutation that has no row here', () => {
  const others = mutations.filter(({ name }) => !(name in CHANGES))
  let tenant: Tenant
  const anew = createVerifier({ pool: service.db.pool })
  afterAll(() => anew.close())

  beforeAll(async () => {
    tenant = await createTenant(service, people)
  })

  test.each(others)('such as $name changes nothing that a verification says', async (procedure) => {
    const { key } = tenant.key
    const { body } = await verify(key)
    const token = service.tokenOf((procedure.name.startsWith('user') ? people.maintainer : people.leader).email)
    const call = isRest(procedure) ? callRest : callTrpc
    await call(service, procedure, { token, input: inputOf(procedure, tenant) })
    expect((await verify(key)).body).toEqual(body)
    // One of them signs out everywhere, which ends the sessions of the same second, too.
    await service.db.prisma.user.updateMany({ data: { sessionsSince: null } })
    // Neither from memory nor from the database: else it needs a row, which shows that it evicts.
    anew.evict(tenant.key.uuid)
    const { uuid, slug } = tenant.project
    expect(await anew.verify(key)).toMatchObject({
      valid: true,
      key: { name: 'target', project: { uuid, slug } },
    })
  })
})

describe('a change that waits for another transaction', () => {
  test.each(mutations.filter(({ name }) => name in CHANGES))(
    'by $name counts at once when it is acknowledged',
    async (procedure) => {
      const { row, input, after } = CHANGES[procedure.name] ?? expect.unreachable()
      const tenant = await createTenant(service, people)
      const before = await verify(tenant.key.key)
      expect(before.status).toBe(200)
      const meanwhile = async () => {
        const { status, body } = await verify(tenant.key.key)
        expect([status, body]).toEqual([200, before.body])
      }
      await changeHeld(procedure, row(tenant), { ...inputOf(procedure, tenant), ...input?.(tenant) }, meanwhile)
      after(await verify(tenant.key.key), tenant)
    },
  )

  test.each(mutations.filter(({ name }) => MAKE.includes(name)))(
    'by $name lets every key that is there count at once',
    async (procedure) => {
      const tenant = await createTenant(service, people)
      const imported = generateKey('bencher', 'run')
      const meanwhile = async () => expect((await verify(imported)).status).toBe(401)
      await changeHeld(procedure, ofProject(tenant), inputOf(procedure, tenant), meanwhile)
      await service.db.pool.query(
        `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration)
       VALUES ($1, $2, 'imported', $3, 'abcd', now(), now() + interval '100 years')`,
        [randomUUID(), tenant.project.uuid, createHash('sha256').update(imported).digest()],
      )
      expect((await verify(imported)).status).toBe(200)
    },
  )
})
