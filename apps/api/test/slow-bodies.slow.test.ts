import { once } from 'node:events'
import { IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { appRouter } from '@project-keys/keys'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Endpoint, endpointsOf } from '../src/rest/endpoints.ts'
import { formOf } from './http.ts'
import { BY_KEY, MUTATIONS, type Mutation, WITHOUT_CREDENTIAL } from './mutations.ts'
import { procedures } from './procedures.ts'
import { startService } from './service.ts'
import { createPeople, createTenant, type People } from './tenant.ts'
import { createUserKey, keyOf, keysOf, type Person, signUp } from './world.ts'

const service = await startService()
let people: People & { admin: Person }

beforeAll(async () => {
  people = { ...(await createPeople(service)), admin: await signUp(service, 'Admin') }
  await sql('UPDATE users SET admin = true WHERE uuid = $1', people.admin.uuid)
})

const sql = async (text: string, ...values: unknown[]) => (await service.db.pool.query(text, values)).rows

type Place = { person: Person; token: string; project: string }
/** How a right is taken away, and given back. */
type Taking = { take: (place: Place) => Promise<unknown>; giveBack: (place: Place) => Promise<unknown> }

const MEMBERSHIPS = `WITH led AS (UPDATE organization_members SET "user" = $2 WHERE "user" = $1)
  UPDATE project_members SET "user" = $2 WHERE "user" = $1`
const IS_ADMIN = 'UPDATE users SET admin = $2 WHERE uuid = $1'
const IS_LOCKED = 'UPDATE users SET locked = $2 WHERE uuid = $1'
const DELETED = 'UPDATE projects SET deleted = $2 WHERE uuid = $1'

const role: Taking = {
  take: ({ person: { uuid } }) =>
    uuid === people.admin.uuid ? sql(IS_ADMIN, uuid, false) : sql(MEMBERSHIPS, uuid, people.admin.uuid),
  giveBack: ({ person: { uuid } }) =>
    uuid === people.admin.uuid ? sql(IS_ADMIN, uuid, true) : sql(MEMBERSHIPS, people.admin.uuid, uuid),
}
const account: Taking = {
  take: ({ person: { uuid } }) => sql(IS_LOCKED, uuid, true),
  giveBack: ({ person: { uuid } }) => sql(IS_LOCKED, uuid, false),
}
const session: Taking = {
  take: ({ token }) => service.send('POST', '/trpc/auth.signOut', { token, body: {} }),
  giveBack: async () => {},
}
const userKey: Taking = {
  take: ({ person: { uuid } }) => sql(`UPDATE user_keys SET revoked = $2 WHERE "user" = $1`, uuid, service.clock.now),
  giveBack: ({ person: { uuid } }) => sql('UPDATE user_keys SET revoked = NULL WHERE "user" = $1', uuid),
}
const project: Taking = {
  take: ({ project }) => sql(DELETED, project, service.clock.now),
  giveBack: ({ project }) => sql(DELETED, project, null),
}

type Sent = { method: string; path: string; type: string; body: string }
type Input = Record<string, unknown>
const JSON_TYPE = 'application/json'

const overTrpc =
  (name: string) =>
  (input: Input): Sent => ({ method: 'POST', path: `/trpc/${name}`, type: JSON_TYPE, body: JSON.stringify(input) })

const overRest =
  ({ method, path, form, fields }: Endpoint) =>
  (input: Input): Sent => {
    const own = Object.fromEntries(Object.entries(input).filter(([name]) => name in fields))
    const at = path.replace(/\{(\w+)\}/g, (_, name: string) => String(input[name]))
    if (form) return { method, path: at, type: 'application/x-www-form-urlencoded', body: formOf(own).body }
    return { method, path: at, type: JSON_TYPE, body: JSON.stringify(own) }
  }

/** Sends all of a request but its last byte, does something meanwhile, and sends the last byte. */
async function holdBack({ method, path, type, body }: Sent, token: string, meanwhile: () => Promise<unknown>) {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
  }
  const held = request(service.address + path, { method, headers, agent: false })
  const answered = once(held, 'response')
  held.write(body.slice(0, -1))
  await setTimeout(30)
  await meanwhile()
  const before = await allRows()
  held.end(body.slice(-1))
  const [response] = z.tuple([z.instanceof(IncomingMessage)]).parse(await answered)
  return { status: response.statusCode, text: await text(response), before }
}

/** Everything in the database, but how keys were used and what was refused. */
async function allRows() {
  const tables = await sql(`SELECT table_name AS name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name !~ '^(project_key_uses|project_key_calls|verification_|audit_refusals|_)'`)
  const texts = Names.parse(tables).map(
    ({ name }) => `SELECT '${name}' AS name, to_jsonb(t)::text AS row FROM ${name} t`,
  )
  return await sql(`${texts.join(' UNION ALL ')} ORDER BY 1, 2`)
}
const Names = z.array(z.object({ name: z.string() }))

const mutations = procedures.filter(({ type }) => type === 'mutation')
const endpoints = endpointsOf(appRouter).filter(({ type, body }) => type === 'mutation' && body !== 'none')
const ways = Object.entries(MUTATIONS).flatMap(([name, mutation]) => {
  const endpoint = endpoints.find((each) => each.name === name)
  return [
    { way: `${name} over tRPC`, mutation, write: overTrpc(name) },
    ...(endpoint ? [{ way: `${endpoint.method} ${endpoint.path}`, mutation, write: overRest(endpoint) }] : []),
  ]
})

/** The rights that can be taken away from the caller, by a session and by an API token. */
function takingsOf({ hasRole }: Mutation, input: Input) {
  const places = [...(hasRole === false ? [] : [role]), ...('project' in input ? [project] : [])]
  return { session: [...places, account, session], userKey: [...places, account, userKey] }
}

describe('a body that is held back while a right is taken away', () => {
  test('is tested for each mutation of the router', () => {
    const names = [...Object.keys(MUTATIONS), ...WITHOUT_CREDENTIAL, ...BY_KEY]
    expect(names.sort()).toEqual(mutations.map(({ name }) => name).sort())
  })

  test.each(ways)('is refused, and changes nothing: $way', async ({ mutation, write }) => {
    const tenant = await createTenant(service, people)
    const input = mutation.input(tenant)
    const person = people[mutation.who]
    const sent = write(input)
    const apiToken = (await createUserKey(service, person, { name: 'credential' })).key
    const takings = takingsOf(mutation, input)
    const tryWith = async (taking: Taking, token: string) => {
      const place = { person, token, project: tenant.project.uuid }
      const { status, before } = await holdBack(sent, token, () => taking.take(place))
      expect(status).toBeOneOf([401, 403, 404])
      expect(await allRows()).toEqual(before)
      await taking.giveBack(place)
    }
    for (const taking of takings.session) await tryWith(taking, service.tokenOf(person.email))
    for (const taking of takings.userKey) await tryWith(taking, apiToken)
    const { status } = await holdBack(sent, service.tokenOf(person.email), async () => {})
    expect(status).toBeOneOf([200, 201, 202, 204])
  })

  test('is refused as a project key that was revoked', async () => {
    const { key, projectKey, leader, project } = await createTenant(service, people)
    const introspect = { method: 'POST', path: '/trpc/verification.introspect', type: JSON_TYPE }
    const revoke = () => service.send('DELETE', keyOf(project, projectKey), leader)
    const sent = { ...introspect, body: JSON.stringify({ token: key.key }) }
    expect((await holdBack(sent, projectKey.key, async () => {})).status).toBe(200)
    expect((await holdBack(sent, projectKey.key, revoke)).status).toBe(401)
  })

  test('is refused as a project key that was revoked, where the key would rotate itself', async () => {
    const { projectKey, leader, project } = await createTenant(service, people)
    await sql('UPDATE project_keys SET self_rotation = true WHERE uuid = $1', projectKey.uuid)
    const revoke = () => service.send('DELETE', keyOf(project, projectKey), leader)
    const sent = { method: 'POST', path: '/v0/whoami/rotate', type: JSON_TYPE, body: '{"grace":0}' }
    const { status, before } = await holdBack(sent, projectKey.key, revoke)
    expect(status).toBe(401)
    expect(await allRows()).toEqual(before)
  })

  test('is refused in a batch, too', async () => {
    const { leader, ...tenant } = await createTenant(service, people)
    const create = { project: tenant.project.uuid, name: 'late' }
    const body = JSON.stringify({ 0: create, 1: create })
    const path = '/trpc/projectKeys.create,projectKeys.create?batch=1'
    const place = { person: leader, token: leader.token, project: tenant.project.uuid }
    const take = () => role.take(place)
    const { status, before } = await holdBack({ method: 'POST', path, type: JSON_TYPE, body }, leader.token, take)
    expect(status).toBe(403)
    expect(await allRows()).toEqual(before)
    await role.giveBack(place)
  })

  test('is refused when its session ends before it arrives, and a new key lives from when it arrived', async () => {
    const { leader, project } = await createTenant(service, people)
    const sent = { method: 'POST', path: keysOf(project), type: JSON_TYPE, body: '{"name":"late","ttl":60}' }
    const sign = (ttl: number) =>
      service.tokens.sign({ audience: 'client', email: leader.email, now: service.clock.now, ttl })
    const { text } = await holdBack(sent, sign(100), async () => service.wait(5))
    expect(JSON.parse(text)).toMatchObject({ creation: service.clock.now.toISOString().replace('.000', '') })
    expect((await holdBack(sent, sign(5), async () => service.wait(5))).status).toBe(401)
  })
})

describe('a credential that is refused by its text and the time alone', () => {
  test.each(['none', 'no token', 'a forged one', 'an expired one'])('is refused before the body: %s', async (kind) => {
    const { project, leader } = await createTenant(service, people)
    const expired = service.tokens.sign({ audience: 'client', email: leader.email, now: service.clock.now, ttl: -1 })
    const token = { none: null, 'no token': 'x y', 'a forged one': `${leader.token}x`, 'an expired one': expired }[kind]
    const headers = { ...(token && { authorization: `Bearer ${token}` }), 'content-length': 9 }
    const held = request(service.address + keysOf(project), { method: 'POST', headers, agent: false })
    held.on('error', () => {}).flushHeaders()
    const [response] = z.tuple([z.instanceof(IncomingMessage)]).parse(await once(held, 'response'))
    expect(response.statusCode).toBe(401)
    held.destroy()
  })
})
