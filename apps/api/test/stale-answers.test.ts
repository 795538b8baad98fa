import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { appRouter, createCallerFactory, createVerifier } from '@project-keys/keys'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import { createPeople, createTenant, type People, type Tenant } from './tenant.ts'
import { signUp } from './world.ts'

const ROOT = join(import.meta.dirname, '../../..')
const service = await startService()
let people: People

beforeAll(async () => {
  people = await createPeople(service)
})

const Typed = z.object({ type: z.enum(['query', 'mutation', 'subscription']) })
const Inputs = z.object({ inputs: z.array(z.instanceof(z.ZodObject)) })

/** Every mutation of the router, with the fields of its input. */
const mutations = Object.entries<unknown>(appRouter._def.procedures).flatMap(([name, procedure]) => {
  const definition = typeof procedure === 'function' && '_def' in procedure ? procedure._def : null
  if (Typed.parse(definition).type === 'query') return []
  return [{ name, fields: Inputs.parse(definition).inputs.flatMap(({ shape }) => Object.keys(shape)) }]
})

/** A value for each field by its name, whatever mutation has it. The key and the project are those that are verified. */
const VALUES: Record<string, (tenant: Tenant, mutation: string) => unknown> = {
  project: ({ project }) => project.uuid,
  organization: ({ project }) => project.organization,
  user: ({ maintainer, mate }, mutation) => (mutation.startsWith('user') ? maintainer.uuid : mate.uuid),
  key: ({ key, userKey }, mutation) => (mutation.startsWith('userKeys.') ? userKey.uuid : key.uuid),
  invitation: ({ invitations: { atProject, atOrganization } }, mutation) =>
    (mutation.startsWith('project') ? atProject : atOrganization).uuid,
  uuid: () => randomUUID(),
  name: () => `changed ${randomUUID().slice(0, 8)}`,
  slug: () => `changed-${randomUUID()}`,
  ttl: () => 60,
  url: () => 'https://example.com/',
  visibility: () => 'private',
  email: () => `${randomUUID()}@example.com`,
  i_agree: () => true,
  role: (_, mutation) => (mutation.startsWith('organization') ? 'leader' : 'viewer'),
  token: ({ key, guest: { email } }, mutation) =>
    mutation === 'verification.introspect'
      ? key.key
      : service.tokens.sign({ audience: 'auth', email, now: service.clock.now, ttl: 60 }),
  invite: ({ invitations }) => invitations.atProject.invite,
}
/** A user can't give these to themselves. */
const ADMINS_ONLY = ['admin', 'locked']

/**
 * The input for a mutation. A field that has no value above fails the test until it gets one, because a mutation that is
 * called without it could change less than it can.
 */
function inputOf({ name, fields }: (typeof mutations)[number], tenant: Tenant) {
  const given = fields.filter((field) => !ADMINS_ONLY.includes(field))
  const give = (field: string) => VALUES[field]?.(tenant, name) ?? expect.fail(`${name}: give \`${field}\` a value`)
  return Object.fromEntries(given.map((field) => [field, give(field)]))
}

/** Calls a mutation as a caller who may, so that it succeeds. */
async function call(mutation: (typeof mutations)[number], tenant: Tenant) {
  const { name } = mutation
  if (name === 'maintenance.sweep') return sweepAsWorker()
  const { token } = await callerOf(name, tenant)
  const { status, text } = await service.send('POST', `/trpc/${name}`, { token, body: inputOf(mutation, tenant) })
  expect([status, text]).toEqual([200, expect.stringContaining('"result"')])
}

function callerOf(mutation: string, { maintainer, leader, guest }: Tenant) {
  // Signing out ends the session, so it gets one that no other mutation uses.
  if (mutation === 'auth.signOut') return signUp(service)
  if (mutation === 'auth.accept') return guest
  return mutation.startsWith('user') ? maintainer : leader
}

function sweepAsWorker() {
  const { clock, send: _, ...rest } = service
  const context = { ...rest, send: () => {}, document: () => ({}), now: clock.now, requestId: '', address: '' }
  const asWorker = { authorization: undefined, params: null, headers: {}, worker: true }
  return createCallerFactory(appRouter)({ ...context, ...asWorker }).maintenance.sweep()
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

test('no source writes keys or projects by SQL of its own, past what evicts them', async () => {
  const written = /(INSERT INTO|UPDATE|DELETE FROM|MERGE INTO|TRUNCATE)\s+"?(project_keys|projects)"?\b/i
  const sources = await Array.fromAsync(glob('packages/keys/src/**/*.ts', { cwd: ROOT }))
  const wrong = sources.filter(
    (file) => !/\.test\.ts$|\/generated\//.test(file) && written.test(readFileSync(join(ROOT, file), 'utf8')),
  )
  expect(sources.length).toBeGreaterThan(50)
  expect(wrong).toEqual([])
})
