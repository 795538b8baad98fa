import { createHash, randomUUID } from 'node:crypto'
import { compareTotals, migrate } from '@project-keys/keys'
import { execute } from '@project-keys/keys/test'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { firstRelease } from './first-release.ts'
import { type Service, startService } from './service.ts'
import first from './upgrade/0.1.0.json' with { type: 'json' }
import { keysOf, namesIn } from './world.ts'

/** Of a service that verified keys before the upgrade. */
const ROLE = `verifier_${randomUUID().slice(-12)}`
let service: Service
beforeAll(async () => {
  const database = await firstRelease()
  await execute(database.url, `CREATE ROLE ${ROLE}; GRANT EXECUTE ON FUNCTION record_key_usage TO ${ROLE}`)
  afterAll(() => execute(database.url, `DROP OWNED BY ${ROLE}; DROP ROLE ${ROLE}`))
  await migrate({ url: database.url })
  service = await startService({ database })
  service.clock.now = new Date(first.now)
})

const { ada, grace, linus, maintainer, developer, viewer, open, closed, gone, keys, userKeys } = first
const send = (method: string, path: string, token: string, body?: unknown) =>
  service.send(method, path, { token, body })
const verify = async (key: string) => {
  const { status, body } = await send('GET', '/v0/verify', key)
  return status === 200 ? body : status
}

describe('after an upgrade from the first release', () => {
  test('every key is in its list, in its order, with its name as it was', async () => {
    const active = await send('GET', `${keysOf(open)}?per_page=255`, ada.token)
    expect(namesIn(active.body)).toEqual(['ci-main', 'expired', 'Été €\u200b \u{1f511}'])
    expect(active.headers.get('x-total-count')).toBe('3')
    const revoked = await send('GET', `${keysOf(open)}?revoked=true`, ada.token)
    expect(namesIn(revoked.body)).toEqual(['revoked'])
    const ofClosed = await send('GET', keysOf(closed), ada.token)
    expect(ofClosed.body).toEqual([
      expect.objectContaining({
        uuid: keys.ofClosed.uuid,
        creation: keys.ofClosed.creation,
        expiration: keys.ofClosed.expiration,
        name: 'ci-renamed',
      }),
    ])
  })

  test('each key verifies as before: good, expired, revoked, of a deleted project', async () => {
    expect(await verify(keys.active.key)).toMatchObject({ uuid: keys.active.uuid, project: { uuid: open.uuid } })
    expect(await verify(keys.named.key)).toMatchObject({ name: 'Été €\u200b \u{1f511}' })
    expect(await verify(keys.ofClosed.key)).toMatchObject({ name: 'ci-renamed', project: { slug: closed.slug } })
    expect(await Promise.all([keys.expired, keys.revoked, keys.ofGone].map(({ key }) => verify(key)))).toEqual([
      401, 401, 401,
    ])
  })

  test('keys are found, renamed, revoked and made, and the kept totals agree with a count', async () => {
    expect(namesIn((await send('GET', `${keysOf(open)}?search=%C3%89T%C3%89`, ada.token)).body)).toHaveLength(1)
    const decomposed = encodeURIComponent('ÉTÉ'.normalize('NFD'))
    expect(namesIn((await send('GET', `${keysOf(open)}?search=${decomposed}`, ada.token)).body)).toHaveLength(1)
    const made = await send('POST', keysOf(closed), ada.token, { name: 'new' })
    expect(made.status).toBe(201)
    const path = `${keysOf(closed)}/${keys.ofClosed.uuid}`
    expect((await send('PATCH', path, ada.token, { name: 'ci-main' })).status).toBe(200)
    expect((await send('DELETE', path, ada.token)).status).toBe(204)
    expect(await verify(keys.ofClosed.key)).toBe(401)
    expect(await compareTotals(service.db)).toEqual([])
  })

  test('a key from before has no settings, takes some, and is renewed', async () => {
    const [path, token] = [`${keysOf(open)}/${keys.expired.uuid}`, ada.token]
    const before = await send('GET', path, token)
    expect(before.text).not.toMatch(/scopes|networks|external_id|metadata|rate_limit|self_rotation|null/)
    const settings = { scopes: ['reports:*'], external_id: 'customer-42', metadata: { team: 'billing' } }
    const expiration = '2100-01-01T00:00:00Z'
    const { status, body } = await send('PATCH', path, token, { ...settings, expiration })
    expect([status, body]).toEqual([200, Object.assign({}, before.body, settings, { expiration })])
    expect(await verify(keys.expired.key)).toMatchObject({ uuid: keys.expired.uuid })
  })

  test('a create with an Idempotency-Key can be repeated', async () => {
    const content = { token: ada.token, body: { name: 'repeated' }, headers: { 'idempotency-key': 'a' } }
    const create = async () => (await service.send('POST', keysOf(open), content)).text
    const first = await create()
    expect([first, await create()]).toEqual([expect.stringContaining('"key":'), first])
  })

  test('a change is reported by the new feed, and nothing is left of the old one', async () => {
    const changes = () =>
      execute(service.databaseUrl, 'SELECT encode(hash, $1) AS hash FROM verification_changes', ['hex'])
    const before = await changes()
    await send('DELETE', `${keysOf(open)}/${keys.named.uuid}`, ada.token)
    const hash = createHash('sha256').update(keys.named.key).digest('hex')
    expect(await changes()).toEqual([...before, { hash }])
    expect(await execute(service.databaseUrl, `SELECT FROM key_verification WHERE kind IN ('feed', 'change')`)).toEqual(
      [],
    )
    expect(await execute(service.databaseUrl, `SELECT to_regclass('verification_feed') AS feed`)).toEqual([
      { feed: null },
    ])
  })

  test('a key can be rotated, and both secrets are known', async () => {
    const { status, body } = await send('POST', `${keysOf(open)}/${keys.active.uuid}/rotate`, ada.token)
    expect([status, body]).toMatchObject([201, { uuid: keys.active.uuid, expiration: keys.active.expiration }])
    const { key } = z.object({ key: z.string() }).parse(body)
    for (const secret of [key, keys.active.key]) {
      expect((await send('GET', '/v0/whoami', secret)).body).toMatchObject({ uuid: keys.active.uuid })
    }
  })

  test('whoever could record usage may tell first uses and the use of old secrets, and nobody else', async () => {
    const mayCall = (role: string) =>
      execute(
        service.databaseUrl,
        `SELECT bool_and(has_function_privilege($1, oid, 'EXECUTE')) AS may FROM pg_proc
         WHERE proname IN ('record_first_key_use', 'record_old_key_usage')`,
        [role],
      )
    expect([await mayCall(ROLE), await mayCall('pg_monitor')]).toEqual([[{ may: true }], [{ may: false }]])
  })

  test('a key that was revoked before has no reason', async () => {
    const input = encodeURIComponent(JSON.stringify({ project: open.slug, key: keys.revoked.uuid }))
    const { body } = await send('GET', `/trpc/projectKeys.details?input=${input}`, ada.token)
    expect(body).toMatchObject({ result: { data: { name: 'revoked', reason: null } } })
  })

  test('usage is still told', async () => {
    const { body } = await send('GET', `${keysOf(open)}/${keys.active.uuid}/usage`, ada.token)
    expect(body).toMatchObject({ last_used: '2026-05-01T12:01:00Z', days: expect.any(Array) })
  })

  test('API tokens and sessions go on, and those that had ended stay ended', async () => {
    const status = async (token: string) => (await send('GET', '/v0/organizations', token)).status
    expect(await Promise.all([ada.token, grace.token, userKeys.active.key].map(status))).toEqual([200, 200, 200])
    const ended = [userKeys.revoked.key, userKeys.locked.key, linus.token, first.signedOut.token]
    expect(await Promise.all(ended.map(status))).toEqual([401, 401, 401, 401])
  })

  test('members have their roles', async () => {
    const may = async ({ token }: { token: string }, at: { slug: string }) =>
      (await send('GET', keysOf(at), token)).status
    expect(await Promise.all([may(maintainer, open), may(developer, open), may(viewer, closed)])).toEqual([
      200, 403, 403,
    ])
    expect((await send('GET', `/v0/projects/${closed.slug}`, viewer.token)).status).toBe(200)
  })

  test('projects keep their names and addresses, also a slug that reads as a UUID, by its own UUID', async () => {
    const { body } = await send('GET', `/v0/organizations/${open.organization}/projects?per_page=255`, ada.token)
    expect(namesIn(body)).toContain('Zero\u200bwidth')
    const uuid = await uuidOfSlug(first.hexSlug)
    expect((await send('GET', `/v0/projects/${uuid}`, ada.token)).body).toMatchObject({
      slug: first.hexSlug,
      url: 'https://example.com/a?b#c',
    })
    expect((await send('GET', `/v0/projects/${gone.slug}`, ada.token)).status).toBe(404)
  })

  test('a mailed sign-in link and an invitation that were under way still work, once', async () => {
    const confirm = async () =>
      (await service.send('POST', '/v0/auth/confirm', { body: { token: first.signInLink } })).status
    expect([await confirm(), await confirm()]).toEqual([200, 401])
    const join = async () =>
      (await service.send('POST', '/trpc/auth.join', { body: { invite: first.atProject.invite } })).status
    expect([await join(), await join()]).toEqual([200, 404])
  })

  test('a link to a new address that was under way still works, and the old address can be restored', async () => {
    const confirmed = await service.send('POST', '/v0/auth/confirm', { body: { token: first.newAddress } })
    expect([confirmed.status, confirmed.body]).toMatchObject([200, { user: { uuid: grace.uuid } }])
    const { url = '' } = service.mails.findLast(({ to }) => to === grace.email) ?? {}
    const token = new URL(url).searchParams.get('token')
    expect((await service.send('POST', '/trpc/auth.restoreAddress', { body: { token } })).status).toBe(200)
    const user = await service.send('GET', `/v0/users/${grace.uuid}`, { token: service.admin.token })
    expect(user.body).toMatchObject({ email: grace.email })
  })
})

async function uuidOfSlug(slug: string) {
  const [row] = await execute(service.databaseUrl, 'SELECT uuid FROM projects WHERE slug = $1', [slug])
  return String(row?.uuid)
}
