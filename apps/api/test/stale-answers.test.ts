import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { appRouter, createCallerFactory, createVerifier } from '@project-keys/keys'
import { beforeAll, expect, test } from 'vitest'
import { callTrpc, inputOf } from './inputs.ts'
import { type Procedure, procedures } from './procedures.ts'
import { startService } from './service.ts'
import { createPeople, createTenant, invite, type People, type Tenant } from './tenant.ts'
import { signUp } from './world.ts'

const ROOT = join(import.meta.dirname, '../../..')
const service = await startService()
let people: People

beforeAll(async () => {
  people = await createPeople(service)
})

/** The links of these restore the former address of an account, which no verification reports: they are not tried. */
const REFUSED: Record<string, number> = { 'auth.inspectRestore': 401, 'auth.restoreAddress': 401 }

/** Everything that a mutation can change, and tokens that are good. */
async function changesBy(mutation: Procedure, tenant: Tenant) {
  const { name, shape } = mutation
  const email = tenant.guest.email
  const link = { token: service.tokens.sign({ audience: 'auth', email, now: service.clock.now, ttl: 60 }) }
  return {
    ...inputOf(mutation, tenant),
    ...('slug' in shape ? { slug: `changed-${randomUUID()}` } : {}),
    ...(name === 'auth.confirm' || name === 'auth.inspectLink' ? link : {}),
    ...(name === 'auth.join' ? await inviteStranger(tenant) : {}),
  }
}

/** The token of an invitation for an address without an account. */
async function inviteStranger({ project, leader }: Tenant) {
  const email = `${randomUUID()}@example.com`
  const { invite: token } = await invite(service, leader, { at: `projects/${project.uuid}`, email, role: 'viewer' })
  return { invite: token }
}

/** Calls a mutation as a caller who may, so that it succeeds. */
async function call(mutation: Procedure, tenant: Tenant) {
  const job = jobs()[mutation.name]
  if (job) return job()
  const { token } = await callerOf(mutation, tenant)
  const { status } = await callTrpc(service, mutation, { token, input: await changesBy(mutation, tenant) })
  expect(status).toBe(REFUSED[mutation.name] ?? 200)
}

function callerOf({ name }: Procedure, { maintainer, leader, guest, projectKey }: Tenant) {
  if (name.startsWith('whoami.')) return { token: projectKey.key }
  // Signing out ends the session, so it gets one that no other mutation uses.
  if (name.startsWith('auth.signOut')) return signUp(service)
  if (name === 'auth.accept') return guest
  if (name.startsWith('madeKeys')) return service.admin
  return name.startsWith('user') ? maintainer : leader
}

/** The worker's jobs, which no request may start. */
function jobs(): Record<string, () => Promise<unknown>> {
  const { clock, send: _, ...rest } = service
  const context = { ...rest, send: () => {}, document: () => ({}), now: clock.now, requestId: '', address: '' }
  const asWorker = { authorization: undefined, params: null, headers: {}, worker: true }
  const { maintenance } = createCallerFactory(appRouter)({ ...context, ...asWorker })
  return {
    'maintenance.sweep': () => maintenance.sweep(),
    'maintenance.mergeLimits': () => maintenance.mergeLimits(),
    'maintenance.seal': () => maintenance.seal(),
    'maintenance.signHeads': () => maintenance.signHeads(),
    'maintenance.tellEnds': () => maintenance.tellEnds(),
  }
}

/** The answer of a process that has nothing in its cache. */
async function freshAnswer(key: string) {
  const verifier = createVerifier({ pool: service.db.pool })
  const answer = await verifier.verify(key)
  await verifier.close()
  return answer
}

/** A tenant with a guest of its own, who has not accepted an invitation yet. */
async function freshTenant(): Promise<Tenant> {
  const guest = await signUp(service, 'Guest')
  return createTenant(service, { ...people, guest })
}

const mutations = procedures.filter(({ type }) => type === 'mutation')

test.each(mutations)('after $name, no answer about a key is stale in the process that did it', async (mutation) => {
  const tenant = await freshTenant()
  const keys = [tenant.key.key, tenant.projectKey.key]
  const verify = () => keys.map((key) => service.verifier.verify(key))
  await expect.poll(() => Promise.all(verify())).toMatchObject([{ valid: true }, { valid: true }])
  // A stale answer can only come from the cache, which answers without a promise.
  await expect.poll(() => verify().some((answer) => answer instanceof Promise)).toBe(false)

  await call(mutation, tenant)

  expect(await Promise.all(verify())).toEqual(await Promise.all(keys.map(freshAnswer)))
})

/** An import adds rows alone, in a process of its own, and then tells all caches that everything changed. */
const TELLS_EVERYTHING = ['packages/keys/src/imports/stored.ts']

test('no source writes keys or projects by SQL of its own, past what evicts them', async () => {
  const written = /(INSERT INTO|UPDATE|DELETE FROM|MERGE INTO|TRUNCATE)\s+"?(project_keys|projects)"?\b/i
  const sources = await Array.fromAsync(glob('packages/keys/src/**/*.ts', { cwd: ROOT }))
  const wrong = sources.filter(
    (file) => !/\.test\.ts$|\/generated\//.test(file) && written.test(readFileSync(join(ROOT, file), 'utf8')),
  )
  expect(sources.length).toBeGreaterThan(50)
  expect(wrong).toEqual(TELLS_EVERYTHING)
})
