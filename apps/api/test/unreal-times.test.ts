import { migrate } from '@project-keys/keys'
import { execute } from '@project-keys/keys/test'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { firstRelease } from './first-release.ts'
import { type Service, startService } from './service.ts'
import first from './upgrade/0.1.0.json' with { type: 'json' }
import { createKey, keyOf, keysOf, namesIn } from './world.ts'

const { ada, open, keys, userKeys } = first
const LATEST = '9999-12-31T23:59:59Z'
const EARLIEST = '0001-01-01T00:00:00Z'

let service: Service
const told: string[] = []

beforeAll(async () => {
  const database = await firstRelease()
  const set = (assignments: string, where: string) => execute(database.url, `UPDATE ${assignments} WHERE ${where}`)
  await set(`project_keys SET expiration = 'infinity'`, `uuid = '${keys.active.uuid}'`)
  await set(`project_keys SET expiration = '12026-01-01Z', creation = '-infinity'`, `uuid = '${keys.named.uuid}'`)
  await set(`project_keys SET revoked = 'infinity'`, `uuid = '${keys.revoked.uuid}'`)
  await set(`project_keys SET expiration = '0044-03-15 BC'`, `uuid = '${keys.expired.uuid}'`)
  await set(`user_keys SET expiration = 'infinity'`, `uuid = '${userKeys.active.uuid}'`)
  await set(`projects SET created = '-infinity', modified = 'infinity'`, `uuid = '${open.uuid}'`)
  await set(`projects SET deleted = 'infinity'`, `deleted IS NOT NULL`)
  await set(`users SET modified = 'infinity'`, 'true')
  await execute(database.url, `INSERT INTO rate_counts VALUES ('a', 'infinity', 1), ('a', '12026-01-01Z', 1)`)
  await migrate({ url: database.url, tell: (sentence) => told.push(sentence) })
  service = await startService({ database })
  service.clock.now = new Date(first.now)
})

const get = (path: string, token = ada.token) => service.send('GET', path, { token })

describe('an upgrade of a database with times that no response can hold', () => {
  test('says how many rows of each table it changed', () => {
    expect(told.map((sentence) => /^(\d+) rows of the table (\w+) held a time that/.exec(sentence)?.slice(1))).toEqual([
      ['4', 'project_keys'],
      ['2', 'projects'],
      ['1', 'user_keys'],
      [expect.any(String), 'users'],
    ])
  })

  test('moves each to the nearest time that a response can hold, so that lists and views answer', async () => {
    expect(namesIn((await get(keysOf(open))).body)).toEqual(['ci-main', 'expired', 'Été €\u200b \u{1f511}'])
    expect((await get(keyOf(open, keys.active))).body).toMatchObject({ expiration: LATEST })
    expect((await get(keyOf(open, keys.named))).body).toMatchObject({ expiration: LATEST, creation: EARLIEST })
    expect((await get(keyOf(open, keys.expired))).body).toMatchObject({ expiration: EARLIEST })
    expect((await get(`${keysOf(open)}?revoked=true`)).body).toMatchObject([{ revoked: LATEST }])
    expect((await get(`/v0/projects/${open.slug}`)).body).toMatchObject({ created: EARLIEST, modified: LATEST })
    expect((await get(`/v0/users/${ada.uuid}/keys`)).status).toBe(200)
  })

  test('changes no verdict: what was good is good, what had ended has ended', async () => {
    const status = async ({ key }: { key: string }) => (await get('/v0/verify', key)).status
    const verdicts = [keys.active, keys.named, keys.expired, keys.revoked, keys.ofGone].map(status)
    expect(await Promise.all(verdicts)).toEqual([200, 200, 401, 401, 401])
    expect((await get('/v0/verify', keys.active.key)).body).toMatchObject({ expiration: LATEST })
  })
})

/** No response holds these: Prisma's own, and times that the database itself writes. */
const INTERNAL = ['_prisma_migrations', 'verification_changes', 'verification_horizon']
const Column = z.object({ table: z.string(), column: z.string() })

test('every column with a time refuses, from then on, one that no response can hold', async () => {
  const { rows } = await service.db.pool.query(
    `SELECT c.relname AS table, a.attname AS column
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.atttypid = 'timestamptz'::regtype
       AND c.relname <> ALL($1)`,
    [INTERNAL],
  )
  const columns = z.array(Column).parse(rows)
  expect(columns.length).toBeGreaterThan(20)
  for (const { table, column } of columns) {
    const [constraint] = await execute(
      service.databaseUrl,
      `SELECT true AS checked FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'c'
         AND pg_get_constraintdef(oid) LIKE '%' || $2 || ' >= %' || $2 || ' <= %'`,
      [table, column],
    )
    expect([table, column, constraint]).toEqual([table, column, { checked: true }])
  }
  const write = (value: string) => execute(service.databaseUrl, `UPDATE project_keys SET expiration = '${value}'`)
  for (const value of ['infinity', '-infinity', '10000-01-01Z', '0001-01-01 BC']) {
    await expect(write(value)).rejects.toThrow(/project_keys_real_dates/)
  }
})

test('one row with such a time, written where the constraint is gone, hides no other row and no verdict', async () => {
  await execute(service.databaseUrl, 'ALTER TABLE project_keys DROP CONSTRAINT project_keys_real_dates')
  const made = await createKey(service, ada, open, { name: 'until the end' })
  const where = `uuid = '${made.uuid}'`
  for (const value of ['infinity', '12026-01-01Z']) {
    await execute(service.databaseUrl, `UPDATE project_keys SET expiration = '${value}' WHERE ${where}`)
    const names = namesIn((await get(keysOf(open))).body)
    expect(names).toEqual(['ci-main', 'expired', 'until the end', 'Été €\u200b \u{1f511}'])
    expect((await get(keyOf(open, made))).body).toMatchObject({ expiration: LATEST })
    service.verifier.evict(made.uuid)
    const verified = await get('/v0/verify', made.key)
    expect([verified.status, verified.body]).toMatchObject([200, { expiration: LATEST }])
  }
})
