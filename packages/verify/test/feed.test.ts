import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { hasGap } from '../src/feed.ts'
import { hashKey } from '../src/key.ts'
import { readFeed } from '../src/queries.ts'
import { createWorld } from './world.ts'

const world = await createWorld()
const pool = new pg.Pool({ connectionString: world.url, max: 12 })
afterAll(() => pool.end())
const signal = new AbortController().signal
const feedSince = (since: number | null) => readFeed(pool, since, signal)

describe('the feed', () => {
  test('has a number, and reports no changes to a first poll', async () => {
    expect(await feedSince(null)).toEqual({ replica: false, number: expect.any(Number), changes: [] })
  })

  test('reports the changes since a number, each once', async () => {
    const { uuid, key } = await world.createKey()
    const { number } = await feedSince(null)
    await world.revoke(uuid)
    await world.sql('UPDATE projects SET deleted = NULL, slug = slug WHERE uuid = $1', [world.project.uuid])
    expect(await feedSince(number)).toMatchObject({
      number: number + 1,
      changes: [{ number: number + 1, hash: hashKey(key).toString('hex'), project: null }],
    })
  })

  test('reports no change before its commit, and every change after it, with its number', async () => {
    const [first, second] = [await world.createKey(), await world.createKey()]
    const { number } = await feedSince(null)
    const slow = await pool.connect()
    await slow.query('BEGIN')
    await slow.query('UPDATE project_keys SET revoked = now() WHERE uuid = $1', [first.uuid])
    const quick = world.revoke(second.uuid)
    expect(await feedSince(number)).toMatchObject({ number, changes: [] })
    await slow.query('COMMIT')
    slow.release()
    await quick
    const { changes } = await feedSince(number)
    expect(changes.map((change) => [change.number, change.hash])).toEqual([
      [number + 1, hashKey(first.key).toString('hex')],
      [number + 2, hashKey(second.key).toString('hex')],
    ])
  })

  test('reports nothing of a change that was rolled back', async () => {
    const { uuid } = await world.createKey()
    const before = await feedSince(null)
    await world.sql(`BEGIN; UPDATE project_keys SET revoked = now() WHERE uuid = '${uuid}'; ROLLBACK`)
    expect(await feedSince(before.number)).toEqual(before)
  })

  test('makes a revocation fail if the number was deleted, because the change could not be reported', async () => {
    const { uuid } = await world.createKey()
    const [row] = await world.sql('DELETE FROM verification_feed RETURNING number')
    await expect(world.revoke(uuid)).rejects.toThrow('null value in column "number"')
    await world.sql('INSERT INTO verification_feed (number) VALUES ($1)', [row?.number])
    await world.revoke(uuid)
  })

  test('has no gap, and writers have no deadlock, when many change keys and projects at once', async () => {
    const projects = await Promise.all(Array.from({ length: 4 }, () => world.createProject()))
    const keys = await Promise.all(projects.flatMap((of) => Array.from({ length: 8 }, () => world.createKey({}, of))))
    const pick = <Thing>(things: Thing[], n: number) => things[n % things.length]
    const changes = [
      (n: number) =>
        pool.query(`UPDATE project_keys SET expiration = expiration + interval '1 s' WHERE uuid = $1`, [
          pick(keys, n)?.uuid,
        ]),
      (n: number) => pool.query('UPDATE project_keys SET revoked = now() WHERE uuid = $1', [pick(keys, n * 7)?.uuid]),
      (n: number) => pool.query('UPDATE projects SET deleted = now() WHERE uuid = $1', [pick(projects, n)?.uuid]),
      (n: number) => pool.query('UPDATE projects SET deleted = NULL WHERE uuid = $1', [pick(projects, n)?.uuid]),
    ]
    const write = async (writer: number) => {
      for (let n = 0; n < 40; n++) await pick(changes, writer + n)?.(writer * 13 + n)
    }
    let { number } = await feedSince(null)
    const began = number
    let writing = true
    const writers = Promise.all(Array.from({ length: 8 }, (_, n) => write(n))).finally(() => {
      writing = false
    })
    while (writing) {
      const feed = await feedSince(number)
      expect(hasGap(feed, number)).toBe(false)
      number = feed.number
    }
    await writers
    expect(number - began).toBeGreaterThan(50)
  })
})
