import { describe, expect, test } from 'vitest'
import { createWorld } from './world.ts'

const world = await createWorld()
const { sql } = world

const record = (uses: [uuid: string, calls: number, used: string, address: string | null][]) =>
  sql(
    'SELECT record_key_usage($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[])',
    [0, 1, 2, 3].map((column) => uses.map((use) => use[column])),
  )
const lastUse = async (uuid: string) => {
  const [row] = await sql('SELECT last_used, address FROM project_key_uses WHERE key = $1', [uuid])
  return row ?? null
}
const calls = async (uuid: string) =>
  sql('SELECT day::text, calls::int FROM project_key_calls WHERE key = $1 ORDER BY day', [uuid])

describe('what is recorded of a key', () => {
  test('is its calls on each day (UTC), and the minute and the address of its last use', async () => {
    const { uuid } = await world.createKey()
    await record([[uuid, 3, '2026-03-01T23:59:58Z', '10.0.0.1']])
    await record([
      [uuid, 4, '2026-03-02T00:00:59Z', '10.0.0.2'],
      [uuid, 1, '2026-03-02T00:00:30Z', '10.0.0.3'],
    ])
    expect(await calls(uuid)).toEqual([
      { day: '2026-03-01', calls: 3 },
      { day: '2026-03-02', calls: 5 },
    ])
    expect(await lastUse(uuid)).toEqual({ last_used: new Date('2026-03-02T00:00:00Z'), address: '10.0.0.2' })
  })

  test('never goes back', async () => {
    const { uuid } = await world.createKey()
    await record([[uuid, 1, '2026-03-02T10:00:00Z', '10.0.0.1']])
    await record([[uuid, -5, '2026-03-02T09:00:00Z', '10.0.0.9']])
    expect(await lastUse(uuid)).toEqual({ last_used: new Date('2026-03-02T10:00:00Z'), address: '10.0.0.1' })
    expect(await calls(uuid)).toEqual([{ day: '2026-03-02', calls: 1 }])
    await record([[uuid, 1, '2026-03-02T11:00:00Z', null]])
    expect(await lastUse(uuid)).toEqual({ last_used: new Date('2026-03-02T11:00:00Z'), address: '10.0.0.1' })
  })

  test('is never in the future, even if a clock is ahead', async () => {
    const { uuid } = await world.createKey()
    await record([[uuid, 1, '2999-01-01T00:00:00Z', null]])
    const used = (await lastUse(uuid))?.last_used
    expect(Math.abs(Date.now() - Number(used))).toBeLessThan(120_000)
  })

  test('omits a key that was deleted, and keeps the others', async () => {
    const { uuid } = await world.createKey()
    await record([
      [crypto.randomUUID(), 1, '2026-03-02T10:00:00Z', null],
      [uuid, 2, '2026-03-02T10:00:00Z', null],
    ])
    expect(await calls(uuid)).toEqual([{ day: '2026-03-02', calls: 2 }])
  })

  test('writes no last use again, and takes no lock on it, while its minute and address stay the same', async () => {
    const { uuid } = await world.createKey()
    const version = () => sql('SELECT xmin::text, xmax::text FROM project_key_uses WHERE key = $1', [uuid])
    await record([[uuid, 1, '2026-03-02T10:00:10Z', '10.0.0.1']])
    const first = await version()
    await record([[uuid, 1, '2026-03-02T10:00:20Z', '10.0.0.1']])
    await record([[uuid, 1, '2026-03-02T10:00:30Z', null]])
    expect(await version()).toEqual(first)
    expect(await calls(uuid)).toEqual([{ day: '2026-03-02', calls: 3 }])
    await record([[uuid, 1, '2026-03-02T10:00:40Z', '10.0.0.2']])
    expect(await lastUse(uuid)).toEqual({ last_used: new Date('2026-03-02T10:00:00Z'), address: '10.0.0.2' })
  })

  test('stays on its page of the table when it changes, so that no index changes with it', async () => {
    const keys = await sql(
      `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration)
       SELECT gen_random_uuid(), $1, 'ci', sha256(n::text::bytea), 'abcd', now(), now() FROM generate_series(1, 500) AS n
       RETURNING uuid::text`,
      [world.project.uuid],
    )
    const use = (time: string) => record(keys.map(({ uuid }) => [String(uuid), 1, time, '10.0.0.1']))
    const pages = (table: string) =>
      sql(`SELECT key, (ctid::text::point)[0]::int AS page FROM ${table} WHERE key = ANY ($1) ORDER BY key`, [
        keys.map(({ uuid }) => uuid),
      ])
    await use('2026-03-02T10:00:00Z')
    const first = await Promise.all([pages('project_key_uses'), pages('project_key_calls')])
    await use('2026-03-02T10:01:00Z')
    expect(await Promise.all([pages('project_key_uses'), pages('project_key_calls')])).toEqual(first)
  })

  test('is right when many processes record it at once, in any order', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => world.createKey()))
    const round = (n: number) => {
      const uses = keys.map(({ uuid }): [string, number, string, null] => [uuid, 1, '2026-03-02T10:00:00Z', null])
      return record(n % 2 ? uses : uses.reverse())
    }
    await Promise.all(Array.from({ length: 16 }, (_, n) => round(n)))
    for (const { uuid } of keys) expect(await calls(uuid)).toEqual([{ day: '2026-03-02', calls: 16 }])
  })
})

describe('a verifier', () => {
  test('writes the first calls of a good key within two seconds, and the rest when it is closed', async () => {
    const verifier = await world.startVerifier()
    const { uuid, key } = await world.createKey()
    await verifier.verify(key)
    await verifier.verify(key, { address: '192.0.2.7' })
    await verifier.verify(key, { project: 'another' })
    await expect.poll(() => calls(uuid), { timeout: 4000 }).toMatchObject([{ calls: 2 }])
    expect(await lastUse(uuid)).toMatchObject({ address: '192.0.2.7' })
    await verifier.verify(key)
    await verifier.close()
    expect(await calls(uuid)).toMatchObject([{ calls: 3 }])
  })

  test('keeps the counts that it could not write, and reports why', async () => {
    const verifier = await world.startVerifier()
    const { uuid, key } = await world.createKey()
    await sql('ALTER FUNCTION record_key_usage RENAME TO away')
    await verifier.verify(key)
    await expect.poll(() => verifier.health().usage, { timeout: 6000 }).toContain('does not exist')
    await sql('ALTER FUNCTION away RENAME TO record_key_usage')
    await verifier.verify(key)
    await verifier.close()
    expect(await calls(uuid)).toMatchObject([{ calls: 2 }])
  })
})
