import { appRouter } from '@project-keys/keys'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import { createPeople, createTenant, type Tenant } from './tenant.ts'

const service = await startService()
let own: Tenant
let foreign: Tenant

beforeAll(async () => {
  own = await createTenant(service, await createPeople(service))
  foreign = await createTenant(service, await createPeople(service), 'private')
})

const Procedure = z.custom<{ _def: { type: string; inputs: unknown[] } }>(
  (value) => typeof value === 'function' && '_def' in value,
)
const fieldsOf = (inputs: unknown[]) =>
  inputs.flatMap((input) => (input instanceof z.ZodObject ? Object.keys(input.shape) : []))

const procedures = Object.entries<unknown>(appRouter._def.procedures)
  .map(([name, procedure]) => ({ name, ...Procedure.parse(procedure)._def }))
  .map(({ name, type, inputs }) => ({ name, type, fields: fieldsOf(inputs) }))
const about = (place: string) => procedures.filter(({ fields }) => fields.includes(place))

/** Enough for any procedure; what it does not know it ignores. */
const inputOf = (name: string) => ({
  name: 'x',
  email: 'new@example.com',
  role: name.startsWith('project') ? 'viewer' : 'leader',
  user: foreign.mate.uuid,
  key: foreign.key.uuid,
  keys: [foreign.key.uuid],
  uuid: crypto.randomUUID(),
  invitation: foreign.invitations.atProject.uuid,
  permission: 'view',
  expiration: '2027-01-01T00:00:00Z',
  usage: [],
})

async function ask({ name, type }: (typeof procedures)[number], places: Record<string, string>) {
  const input = { ...inputOf(name), ...places }
  const { token } = own.leader
  const path = `/trpc/${name}`
  if (type === 'mutation') return service.send('POST', path, { token, body: input })
  return service.send('GET', `${path}?input=${encodeURIComponent(JSON.stringify(input))}`, { token })
}

describe('a tRPC call that names a second place beside its own is about its own alone', () => {
  test.each(about('organization'))('$name', async (procedure) => {
    const { status } = await ask(procedure, {
      organization: foreign.project.organization,
      project: own.project.uuid,
    })
    expect(status).toBe(404)
  })

  // A rotation takes no field that it does not know, so it names no second place.
  const others = ['verification.verify', 'verification.verifyOfProject', 'rotations.rotate']
  test.each(about('project').filter(({ name }) => !others.includes(name)))('$name', async (procedure) => {
    const { status } = await ask(procedure, {
      project: foreign.project.uuid,
      organization: own.project.organization,
    })
    expect(status).toBe(404)
  })
})
