import { createHmac, randomUUID } from 'node:crypto'
import { SEALED, type Sealed } from '@project-keys/keys'
import { execute } from '@project-keys/keys/test'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ISSUER, SECRET, type Service, startService } from './service.ts'
import { invite, mailedToken } from './tenant.ts'
import { createProject, keysOf, type Person, type Project, signUp } from './world.ts'

const NEW_SECRET = 'the new secret of the tests, with a comma in it'

const service = await startService()
const same = { database: { db: service.db, url: service.databaseUrl } }
/** After the change, with the old secret and without it. */
const kept = await startService({ ...same, secret: NEW_SECRET, secretsBefore: ['one of long before', SECRET] })
const without = await startService({ ...same, secret: NEW_SECRET })
/** Before the change of all servers: it knows the new secret, and does not sign with it. */
const prepared = await startService({ ...same, secretsBefore: [NEW_SECRET] })

let ada: Person
let project: Project
beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
})

const newAddress = () => `${randomUUID()}@example.com`
const listAs = (by: Service, token: string) => by.send('GET', '/v0/organizations', { token })
const confirm = (by: Service, token: string) => by.send('POST', '/v0/auth/confirm', { body: { token } })
const headerOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())

const createOnce = (by: Service, header: string) =>
  by.send('POST', keysOf(project), {
    token: by.tokenOf(ada.email),
    body: { name: 'ci' },
    headers: { 'idempotency-key': header },
  })

/** How each kind is made by a server, and then used at another; a new kind needs a line here. */
const KINDS: Record<Sealed, (by: Service) => Promise<(by: Service) => Promise<{ status: number }>>> = {
  session: async (by) => {
    const token = by.tokenOf(ada.email)
    return (at) => listAs(at, token)
  },
  old_api_token: async (by) => {
    const token = by.tokens.sign({ audience: 'api_key', email: ada.email, now: by.clock.now, ttl: 60 })
    return (at) => listAs(at, token)
  },
  sign_in_link: async (by) => {
    await by.send('POST', '/v0/auth/login', { body: { email: ada.email } })
    const token = mailedToken(by, ada.email)
    return (at) => confirm(at, token)
  },
  invitation: async (by) => {
    const invited = { at: `projects/${project.uuid}`, email: newAddress(), role: 'viewer' }
    const { invite: token } = await invite(by, { token: by.tokenOf(ada.email) }, invited)
    return (at) => at.send('POST', '/trpc/auth.join', { body: { invite: token } })
  },
  restore_link: async (by) => {
    const person = await signUp(by)
    const email = newAddress()
    by.wait(2)
    const token = by.tokenOf(person.email)
    await by.send('PATCH', `/v0/users/${person.uuid}`, { token, body: { email } })
    expect((await confirm(by, mailedToken(by, email))).status).toBe(200)
    const restore = mailedToken(by, person.email)
    for (const at of [kept, without]) at.clock.now = by.clock.now
    return (at) => at.send('POST', '/trpc/auth.restoreAddress', { body: { token: restore } })
  },
  idempotent_answer: async (by) => {
    const header = randomUUID()
    await createOnce(by, header)
    return (at) => createOnce(at, header)
  },
}

describe.each(SEALED)('%s, made before a change of SECRET_KEY', (kind) => {
  test('is good by the old secret alone, and is counted by its kind', async () => {
    const use = await KINDS[kind](service)
    expect((await use(without)).status).toBeGreaterThanOrEqual(400)
    const before = kept.secrets.oldUses()
    expect((await use(kept)).status).toBeLessThan(300)
    expect(kept.secrets.oldUses()).toEqual({ ...before, [kind]: before[kind] + 1 })
  })

  test('is never made by an old secret: all servers with the new one take it, and no count changes', async () => {
    const use = await KINDS[kind](kept)
    const before = without.secrets.oldUses()
    expect((await use(without)).status).toBeLessThan(300)
    expect(without.secrets.oldUses()).toEqual(before)
  })
})

describe('a change of SECRET_KEY', () => {
  test('can go from server to server, because each takes what the others make', async () => {
    for (const [maker, user] of [
      [kept, prepared],
      [prepared, kept],
    ] as const) {
      expect((await listAs(user, maker.tokenOf(ada.email))).status).toBe(200)
      const header = randomUUID()
      const first = await createOnce(maker, header)
      expect(await createOnce(user, header)).toMatchObject({ status: 201, text: first.text })
    }
  })

  test('leaves a repeated create its key, whether or not the row tells the secret', async () => {
    const header = randomUUID()
    const { text } = await createOnce(service, header)
    const [row] = await execute(service.databaseUrl, 'SELECT secret FROM remembered_answers ORDER BY made DESC LIMIT 1')
    expect(row).toEqual({ secret: expect.stringMatching(/^[\w-]{8}$/) })
    for (const secret of ['secret', `'unknown'`, `'${kept.secrets.current.id}'`, 'NULL']) {
      await execute(service.databaseUrl, `UPDATE remembered_answers SET secret = ${secret}`)
      expect((await createOnce(kept, header)).text).toBe(text)
    }
  })

  test('leaves good a token that names no secret, an unknown one or a wrong one, as tokens from elsewhere may', async () => {
    const claims = { aud: 'client', iss: ISSUER, sub: ada.email, org: null, iat: 1, exp: 9_999_999_999 }
    const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const iat = kept.clock.now.getTime() / 1000
    const jwt = (header: object) => {
      const content = `${base64({ alg: 'HS256', ...header })}.${base64({ ...claims, iat })}`
      return `${content}.${createHmac('sha256', SECRET).update(content).digest('base64url')}`
    }
    for (const header of [{}, { kid: 'unknown' }, { kid: kept.secrets.current.id }, { kid: 1 }]) {
      expect([header, (await listAs(kept, jwt(header))).status]).toEqual([header, 200])
      expect((await listAs(without, jwt(header))).status).toBe(401)
    }
  })

  test('is told by tokens: each names the secret that signed it, by an id that is the same on all servers', () => {
    const [before, after] = [service, kept].map((by) => headerOf(by.tokenOf(ada.email)))
    expect(before).toEqual({ alg: 'HS256', typ: 'JWT', kid: prepared.secrets.current.id })
    expect(after).toEqual({ alg: 'HS256', typ: 'JWT', kid: without.secrets.current.id })
    expect(after.kid).not.toBe(before.kid)
  })
})

test('GET /metrics counts the uses of old secrets, with every kind from the start and no secret', async () => {
  const fresh = await startService({ ...same, secret: NEW_SECRET, secretsBefore: [SECRET] })
  fresh.clock.now = service.clock.now
  const counted = async () => {
    const { text } = await fresh.send('GET', '/metrics')
    expect(text).not.toContain(SECRET)
    expect(text).toMatch(/^# TYPE project_keys_old_secret_uses_total counter$/m)
    const lines = [...text.matchAll(/^project_keys_old_secret_uses_total\{kind="(\w+)"\} (\d+)$/gm)]
    return z
      .record(z.string(), z.coerce.number())
      .parse(Object.fromEntries(lines.map(([, kind, uses]) => [kind, uses])))
  }
  const none = Object.fromEntries(SEALED.map((kind) => [kind, 0]))
  expect(await counted()).toEqual(none)
  for (let times = 0; times < 3; times++) await listAs(fresh, service.tokenOf(ada.email))
  await listAs(fresh, fresh.tokenOf(ada.email))
  expect(await counted()).toEqual({ ...none, session: 3 })
})
