import { beforeEach, describe, expect, test } from 'vitest'
import { startService } from './service.ts'
import { mailedToken } from './tenant.ts'
import { createUserKey, type Person, signUp } from './world.ts'

const service = await startService()
beforeEach(() => service.wait(2))

const CREDENTIALS = ['session', 'another session', 'user key', 'old API token'] as const
type Credential = (typeof CREDENTIALS)[number]

const HAPPENINGS = [
  'nothing',
  'signing out',
  'a sign-out by the user key',
  'a lock',
  'a lock and an unlock',
  'a new address',
  'a rename',
  'revoking the user key',
  'a new sign-in',
  '30 days',
] as const
type Happening = (typeof HAPPENINGS)[number]

type Held = { person: Person; key: { uuid: string; key: string } }
const patch = ({ uuid }: Person, body: unknown, token = service.tokenOf('owner@localhost')) =>
  service.send('PATCH', `/v0/users/${uuid}`, { body, token })
const post = (path: string, body: unknown, token?: string) => service.send('POST', path, { body, token })

const HAPPENS: Record<Happening, (held: Held) => Promise<unknown>> = {
  nothing: async () => {},
  'signing out': ({ person }) => post('/trpc/auth.signOut', {}, person.token),
  'a sign-out by the user key': ({ key }) => post('/trpc/auth.signOut', {}, key.key),
  'a lock': ({ person }) => patch(person, { locked: true }),
  'a lock and an unlock': async ({ person }) => {
    await patch(person, { locked: true })
    service.wait(2)
    await patch(person, { locked: false })
    service.wait(2)
  },
  'a new address': async ({ person }) => {
    const email = `${crypto.randomUUID()}@example.com`
    await patch(person, { email }, person.token)
    await post('/v0/auth/confirm', { token: mailedToken(service, email) })
  },
  'a rename': ({ person }) => patch(person, { name: 'Renamed', slug: `r-${person.uuid}` }),
  'revoking the user key': ({ person, key }) =>
    service.send('DELETE', `/v0/users/${person.uuid}/keys/${key.uuid}`, person),
  'a new sign-in': async ({ person: { email } }) => {
    await post('/v0/auth/login', { email })
    await post('/v0/auth/confirm', { token: mailedToken(service, email) })
  },
  '30 days': async () => service.wait(30 * 24 * 60 * 60),
}

/** Whether each credential that was kept is still taken; a new way to end one needs a row. */
const TABLE: Record<Happening, Record<Credential, 200 | 401>> = {
  nothing: { session: 200, 'another session': 200, 'user key': 200, 'old API token': 200 },
  'signing out': { session: 401, 'another session': 200, 'user key': 200, 'old API token': 200 },
  'a sign-out by the user key': { session: 200, 'another session': 200, 'user key': 200, 'old API token': 200 },
  'a lock': { session: 401, 'another session': 401, 'user key': 401, 'old API token': 401 },
  'a lock and an unlock': { session: 401, 'another session': 401, 'user key': 401, 'old API token': 401 },
  'a new address': { session: 401, 'another session': 401, 'user key': 200, 'old API token': 401 },
  'a rename': { session: 200, 'another session': 200, 'user key': 200, 'old API token': 200 },
  'revoking the user key': { session: 200, 'another session': 200, 'user key': 401, 'old API token': 200 },
  'a new sign-in': { session: 200, 'another session': 200, 'user key': 200, 'old API token': 200 },
  '30 days': { session: 401, 'another session': 401, 'user key': 200, 'old API token': 200 },
}

/** A read and a write over REST, and a read over tRPC: all of them take a credential, or none does. */
async function statusesOf(token: string) {
  const answers = await Promise.all([
    service.send('GET', '/v0/organizations', { token }),
    service.send('POST', '/v0/organizations', { token, body: { name: 'New' } }),
    service.send('GET', '/trpc/users.me', { token }),
  ])
  return answers.map(({ status }) => (status === 201 ? 200 : status))
}

describe.each(HAPPENINGS)('after %s', (happening) => {
  test('each credential that was kept is as the table says, a day later too', async () => {
    const person = await signUp(service, 'Bob')
    const [aDay, now] = [24 * 60 * 60, service.clock.now]
    const sign = (audience: 'client' | 'api_key', ttl: number) =>
      service.tokens.sign({ audience, email: person.email, now, ttl })
    const key = await createUserKey(service, person, { name: 'cli' })
    const kept: Record<Credential, string> = {
      session: person.token,
      'another session': sign('client', 30 * aDay),
      'user key': key.key,
      'old API token': sign('api_key', 300 * aDay),
    }
    await HAPPENS[happening]({ person, key })
    for (const later of [0, aDay]) {
      service.wait(later)
      for (const credential of CREDENTIALS) {
        const status = TABLE[happening][credential]
        expect([later, credential, await statusesOf(kept[credential])]).toEqual([
          later,
          credential,
          [status, status, status],
        ])
      }
    }
  })
})
