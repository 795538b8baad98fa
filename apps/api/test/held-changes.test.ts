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

type Row = { table: 'project_keys' | 'projects'; uuid: string }
const ofKey = ({ key }: Tenant): Row => ({ table: 'project_keys', uuid: key.uuid })
const ofProject = ({ project }: Tenant): Row => ({ table: 'projects', uuid: project.uuid })
const moved = ({ project }: Tenant) => `moved-${project.slug}`.slice(0, 40)

/** As a caller may spell it: what is evicted is the key, not the text. */
const inCapitals = ({ key }: Tenant) => ({ key: key.uuid.toUpperCase() })

/** The mutations that are known to change a verdict: an input that changes it, and the verdict from then on. */
const CHANGES: Record<string, { input?: (tenant: Tenant) => object; after: (tenant: Tenant) => object }> = {
  'projectKeys.rename': { input: inCapitals, after: () => ({ valid: true, key: { name: 'New' } }) },
  'projectKeys.revoke': { input: inCapitals, after: () => ({ valid: false, reason: 'revoked' }) },
  'projects.update': {
    input: (tenant) => ({ slug: moved(tenant) }),
    after: (tenant) => ({ valid: true, key: { project: { slug: moved(tenant) } } }),
  },
  'projects.delete': { after: () => ({ valid: false, reason: 'project_deleted' }) },
}
/** Every mutation after which this process knows keys that it had not known. */
const MAKE = ['projectKeys.create', 'projectKeys.createOnce']
const mutations = procedures.filter(({ type }) => type === 'mutation')
const verify = (token: string) => service.send('GET', '/v0/verify', { token })

/** Holds the rows while the change is under way, until it is over or has waited for a while; returns its status. */
async function changeHeld(rows: Row[], begin: () => Promise<Answer>, meanwhile: () => Promise<void>) {
  const holder = await service.db.pool.connect()
  await holder.query('BEGIN')
  for (const { table, uuid } of rows) await holder.query(`SELECT FROM ${table} WHERE uuid = $1 FOR UPDATE`, [uuid])
  let isOver = false
  const change = begin().finally(() => {
    isOver = true
  })
  try {
    for (const end = Date.now() + HELD; Date.now() < end && !isOver; await sleep(EVERY)) await meanwhile()
  } finally {
    await holder.query('COMMIT')
    holder.release()
  }
  return { waited: !isOver, status: (await change).status }
}

function begin(procedure: Procedure, tenant: Tenant, input: object = {}) {
  const token = service.tokenOf((procedure.name.startsWith('user') ? people.maintainer : people.leader).email)
  const call = isRest(procedure) ? callRest : callTrpc
  return call(service, procedure, { token, input: { ...inputOf(procedure, tenant), ...input } })
}

describe('a change that waits for another transaction', () => {
  const anew = createVerifier({ pool: service.db.pool })
  afterAll(() => anew.close())

  /** The verdict of the database, whatever the service's own process remembers. */
  const verdictOf = async ({ key, project }: Tenant) => {
    for (const uuid of [key.uuid, project.uuid]) anew.evict(uuid)
    return anew.verify(key.key)
  }

  test.each(mutations)('by $name counts at once when it is acknowledged', async (procedure) => {
    const { input, after } = CHANGES[procedure.name] ?? {}
    const tenant = await createTenant(service, people)
    const before = await verify(tenant.key.key)
    const meanwhile = async () => expect((await verify(tenant.key.key)).body).toEqual(before.body)
    const change = () => begin(procedure, tenant, input?.(tenant))
    const { waited, status } = await changeHeld(
      [ofKey(tenant), ofProject(tenant)],
      change,
      after ? meanwhile : async () => {},
    )
    const answer = await verify(tenant.key.key)
    const verdict = await verdictOf(tenant)
    if (after) {
      expect([waited, status]).toEqual([true, procedure.endpoint?.status ?? 200])
      expect(verdict).toMatchObject(after(tenant))
    }
    expect(answer.status).toBe(verdict.valid ? 200 : 401)
    if (verdict.valid) expect(answer.body).toMatchObject({ name: verdict.key.name, project: verdict.key.project })
    // One of them signs out everywhere, which ends the sessions of the same second, too.
    await service.db.prisma.user.updateMany({ data: { sessionsSince: null } })
  })

  test.each(mutations.filter(({ name }) => MAKE.includes(name)))(
    'by $name lets every key that is there count at once',
    async (procedure) => {
      const tenant = await createTenant(service, people)
      const imported = generateKey('bencher', 'run')
      const meanwhile = async () => expect((await verify(imported)).status).toBe(401)
      const { waited } = await changeHeld([ofProject(tenant)], () => begin(procedure, tenant), meanwhile)
      expect(waited).toBe(true)
      await service.db.pool.query(
        `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration)
         VALUES ($1, $2, 'imported', $3, 'abcd', now(), now() + interval '100 years')`,
        [randomUUID(), tenant.project.uuid, createHash('sha256').update(imported).digest()],
      )
      expect((await verify(imported)).status).toBe(200)
    },
  )
})
