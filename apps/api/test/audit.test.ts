import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { BY_KEY, MUTATIONS, WITHOUT_CREDENTIAL } from './mutations.ts'
import { procedures } from './procedures.ts'
import { seal as sealOf } from './sealing.ts'
import { startService } from './service.ts'
import { createPeople, createTenant, mailedToken, type People } from './tenant.ts'
import { createUserKey, keysOf, type Person, signUp } from './world.ts'

const service = await startService()
let people: People & { admin: Person }
const sql = async (text: string, ...values: unknown[]) => (await service.db.pool.query(text, values)).rows

beforeAll(async () => {
  people = { ...(await createPeople(service)), admin: await signUp(service, 'Admin') }
  await sql('UPDATE users SET admin = true WHERE uuid = $1', people.admin.uuid)
})

/** A refusal of another test is an event when its minute is over. */
beforeEach(() => sql('DELETE FROM audit_refusals'))

/** These change nothing that people are told of, each for a reason of its own. */
const CHANGES_NOTHING = {
  'auth.inspectInvitation': 'it reads, and is a mutation so that no URL holds the token',
  'auth.inspectLink': 'the same',
  'auth.inspectRestore': 'the same',
  'auth.login': 'it sends a mail',
  'auth.signUp': 'a sign-up is no account until its link was used',
  'keys.find': 'it reads',
  'projectKeys.impact': 'it reads',
  'organizationMembers.update': 'there is one role, which a member has already',
  'verification.introspect': 'it reads',
  'maintenance.mergeLimits': 'it counts requests',
  'maintenance.seal': 'it writes the events of others',
  'maintenance.signHeads': 'it signs the events of others',
  'maintenance.sweep': 'it removes what has expired; an invitation that it removes is an event by its trigger',
  'maintenance.tellEnds': 'it sends mails',
}
/** These take a mailed link: each has a test below. */
const BY_LINK = ['auth.confirm', 'auth.join', 'auth.restoreAddress']

const Line = z.looseObject({
  action: z.string(),
  actor: z.object({
    kind: z.string(),
    user: z.object({ uuid: z.string() }).optional(),
    token: z.string().optional(),
    key: z.string().optional(),
  }),
  address: z.string().optional(),
  request_id: z.string().optional(),
})

const seal = () => sealOf(service)

/** The events of what `work` changes. */
async function eventsOf(work: () => Promise<unknown>) {
  await seal()
  const last = 'SELECT chain, max(number)::int AS number FROM audit_events GROUP BY chain'
  const before = new Map(
    z
      .array(z.object({ chain: z.string(), number: z.int() }))
      .parse(await sql(last))
      .map(({ chain, number }) => [chain, number]),
  )
  const done = await work()
  await seal()
  const rows = z
    .array(z.object({ chain: z.string(), number: z.int(), line: z.string() }))
    .parse(await sql('SELECT chain, number::int, line FROM audit_events ORDER BY chain, number'))
  const lines = rows.filter(({ chain, number }) => number > (before.get(chain) ?? 0)).map(({ line }) => line)
  return { done, lines, events: lines.map((line) => Line.parse(JSON.parse(line))) }
}

const send = (name: string, token: string | undefined, input: unknown) =>
  service.send('POST', `/trpc/${name}`, { ...(token !== undefined && { token }), body: JSON.stringify(input) })

describe('a mutation of the router', () => {
  test('has an event, or is listed as changing nothing', () => {
    const known = [...Object.keys(MUTATIONS), ...WITHOUT_CREDENTIAL, ...BY_KEY]
    expect(
      procedures
        .filter(({ type }) => type === 'mutation')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(known.sort())
    const without = WITHOUT_CREDENTIAL.filter((name) => !(name in CHANGES_NOTHING))
    expect(without.sort()).toEqual(BY_LINK)
  })

  const tried = Object.entries(MUTATIONS).filter(([name]) => !(name in CHANGES_NOTHING))
  test.each(tried)('is an event that says who called, with what and from where: %s', async (name, { who, input }) => {
    const tenant = await createTenant(service, people)
    const { uuid, email } = people[who]
    const apiToken = (await createUserKey(service, people[who], { name: 'credential' })).key
    const session = service.tokenOf(email)
    const { done, events } = await eventsOf(() => send(name, session, input(tenant)))
    expect(done).toMatchObject({ status: 200 })
    expect(events).not.toHaveLength(0)
    for (const event of events) {
      expect(event).toMatchObject({ actor: { kind: 'session', user: { uuid } }, address: '127.0.0.1' })
      expect(event.request_id).toMatch(/^[0-9a-f-]{36}$/)
    }
    const other = await createTenant(service, people)
    const again = await eventsOf(() => send(name, apiToken, input(other)))
    for (const event of again.events) expect(event).toMatchObject({ actor: { kind: 'api_token', user: { uuid } } })
  })

  test.each(BY_KEY)('is an event by the key itself: %s', async (name) => {
    const { projectKey } = await createTenant(service, people)
    const { events } = await eventsOf(() => send(name, projectKey.key, {}))
    expect(events).toMatchObject([{ actor: { kind: 'project_key', key: projectKey.uuid } }])
  })
})

describe('an event of a mailed link', () => {
  test('says that its user signed in by it', async () => {
    const { email, uuid } = people.leader
    await service.send('POST', '/v0/auth/login', { body: { email } })
    const { events } = await eventsOf(() => send('auth.confirm', undefined, { token: mailedToken(service, email) }))
    expect(events).toMatchObject([{ action: 'session.create', actor: { kind: 'mailed_link', user: { uuid } } }])
  })

  test('says who joined by it', async () => {
    const { leader, project } = await createTenant(service, people)
    const email = 'joining@example.com'
    await service.send('POST', `/v0/projects/${project.uuid}/members`, {
      token: leader.token,
      body: { email, role: 'viewer' },
    })
    const { events } = await eventsOf(() => send('auth.join', undefined, { invite: mailedToken(service, email) }))
    expect(events.map(({ action }) => action).sort()).toEqual([
      'invitation.delete',
      'project_member.create',
      'user.create',
    ])
    for (const { actor } of events) expect(actor.kind).toBe('mailed_link')
  })
})

describe('a refusal', () => {
  const minuteLater = () => sql(`UPDATE audit_refusals SET minute = minute - interval '2 min'`)

  test('of somebody who is signed in is one event a minute, with a count', async () => {
    const { viewer, project } = await createTenant(service, people)
    const { events } = await eventsOf(async () => {
      for (let n = 0; n < 5; n++)
        await service.send('POST', keysOf(project), { token: viewer.token, body: { name: 'no' } })
      await minuteLater()
    })
    expect(events).toMatchObject([
      {
        action: 'request.refuse',
        actor: { kind: 'session', user: { uuid: viewer.uuid } },
        chain: project.organization,
        after: { procedure: 'projectKeys.create', error_code: 'permission_denied', count: 5 },
      },
    ])
  })

  test('of a link that was used is one, by its address', async () => {
    const { events } = await eventsOf(async () => {
      for (let n = 0; n < 3; n++) await send('auth.confirm', undefined, { token: 'no.such.link' })
      await minuteLater()
    })
    expect(events).toMatchObject([{ action: 'request.refuse', address: '127.0.0.1', after: { count: 3 } }])
  })

  test('of an anonymous caller, and a bad request, are none', async () => {
    const { leader, project } = await createTenant(service, people)
    const { events } = await eventsOf(async () => {
      await service.send('GET', keysOf(project))
      await service.send('GET', keysOf(project), { token: 'bencher_user_x' })
      await service.send('POST', keysOf(project), { token: leader.token, body: { name: '' } })
      await service.send('GET', '/v0/projects/none-of-this-name', { token: leader.token })
      await minuteLater()
    })
    expect(events).toEqual([])
  })
})

test('no event holds a secret or its hash', async () => {
  const tenant = await createTenant(service, people)
  const { lines } = await eventsOf(async () => {
    await send('projectKeys.create', tenant.leader.token, { project: tenant.project.uuid, name: 'one' })
    await send('rotations.rotate', tenant.leader.token, {
      project: tenant.project.uuid,
      key: tenant.key.uuid,
      replace: true,
    })
  })
  expect(lines).not.toHaveLength(0)
  for (const line of lines) expect(line).not.toMatch(/bencher_(run|user)_\w{20}|hash|\\\\x[0-9a-f]{8}/)
})
