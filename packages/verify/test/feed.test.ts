import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../keys/src/database/client.ts'
import { sweepChanges } from '../../keys/src/maintenance/changes.ts'
import { hashKey } from '../src/key.ts'
import { readFeed } from '../src/queries.ts'
import { contains, type Snapshot } from '../src/snapshot.ts'
import { createWorld } from './world.ts'

const world = await createWorld()
const pool = new pg.Pool({ connectionString: world.url, max: 12 })
afterAll(() => pool.end())
const signal = new AbortController().signal

const MINUTE = 60_000 // ms

const feedSince = (since: Snapshot | null) => readFeed({ pool, prepared: true, since, signal })
const hashOf = (key: string) => hashKey(key).toString('hex')
/** What a reader sees now. */
async function currentSnapshot(): Promise<Snapshot> {
  const { origin } = await feedSince(null)
  if (!origin) throw new Error('The server must be a primary.')
  return origin.snapshot
}
const hashesSince = async (since: Snapshot) => (await feedSince(since)).changes.map(({ hash }) => hash)

/** Runs statements in a transaction that stays open until it is ended. */
async function openTransaction(...statements: string[]) {
  const client = await pool.connect()
  for (const statement of ['BEGIN', ...statements]) await client.query(statement)
  return async (statement: 'COMMIT' | 'ROLLBACK') => {
    await client.query(statement)
    client.release()
  }
}
const revocationOf = ({ uuid }: { uuid: string }) => `UPDATE project_keys SET revoked = now() WHERE uuid = '${uuid}'`

describe('the feed', () => {
  test('tells where its answer comes from, and reports no changes to a first poll', async () => {
    expect(await feedSince(null)).toEqual({
      origin: {
        system: expect.stringMatching(/^\d+$/),
        timeline: 1,
        epoch: expect.any(String),
        snapshot: expect.anything(),
      },
      horizon: { text: '1:1:', xmax: 1n, running: [] },
      changes: [],
    })
  })

  test('is of one epoch in all sessions, whatever they have set', async () => {
    const first = await feedSince(null)
    const client = await pool.connect()
    await client.query(`SET TIME ZONE 'Asia/Tokyo'; SET datestyle = 'German'; SET extra_float_digits = -9`)
    const { rows } = await client.query(`SELECT epoch FROM key_verification WHERE kind = 'now'`)
    client.release(true)
    expect(rows).toEqual([{ epoch: first.origin?.epoch }])
  })

  test('reports the changes that a snapshot did not see, each once', async () => {
    const { uuid, key } = await world.createKey()
    const before = await currentSnapshot()
    await world.revoke(uuid)
    await world.sql('UPDATE projects SET deleted = NULL, slug = slug WHERE uuid = $1', [world.project.uuid])
    const { origin, changes } = await feedSince(before)
    expect(changes).toEqual([{ hash: hashOf(key), project: null, age: expect.any(Number) }])
    expect(origin && (await hashesSince(origin.snapshot))).toEqual([])
  })

  test('reports an open transaction when it commits, and meanwhile all others', async () => {
    const [first, second] = [await world.createKey(), await world.createKey()]
    const before = await currentSnapshot()
    const endSlow = await openTransaction(revocationOf(first))
    await world.revoke(second.uuid)
    expect(await hashesSince(before)).toEqual([hashOf(second.key)])
    const meanwhile = await currentSnapshot()
    // An autovacuum may run, too.
    expect(meanwhile.running).not.toEqual([])
    expect(await hashesSince(meanwhile)).toEqual([])
    await endSlow('COMMIT')
    expect(await hashesSince(meanwhile)).toEqual([hashOf(first.key)])
    expect(await hashesSince(await currentSnapshot())).toEqual([])
  })

  test('reports nothing of a change that was rolled back', async () => {
    const before = await currentSnapshot()
    const end = await openTransaction(revocationOf(await world.createKey()))
    const meanwhile = await currentSnapshot()
    await end('ROLLBACK')
    expect([await hashesSince(before), await hashesSince(meanwhile)]).toEqual([[], []])
  })

  test('reports a change that was made inside of a savepoint when its transaction commits', async () => {
    const [kept, undone, other] = [await world.createKey(), await world.createKey(), await world.createKey()]
    const end = await openTransaction(
      'SAVEPOINT one',
      revocationOf(kept),
      'SAVEPOINT two',
      revocationOf(undone),
      'ROLLBACK TO two',
    )
    await world.revoke(other.uuid)
    const meanwhile = await currentSnapshot()
    await end('COMMIT')
    expect(await hashesSince(meanwhile)).toEqual([hashOf(kept.key)])
  })

  test('lets no writer wait for another, except for the same key', async () => {
    const ends = await Promise.all(
      Array.from({ length: 4 }, async () => openTransaction(revocationOf(await world.createKey()))),
    )
    await Promise.all(ends.map((end) => end('COMMIT')))
  })

  test('asks by two look-ups in an index, however many changes there are', async () => {
    const client = await pool.connect()
    await client.query(
      'BEGIN; INSERT INTO verification_changes (hash) SELECT sha256(n::text::bytea) FROM generate_series(1, 20000) AS n',
    )
    const { rows } = await client.query(`EXPLAIN SELECT * FROM key_verification
      WHERE kind = 'changed' AND (xid = ANY (ARRAY(SELECT pg_snapshot_xip('5:9:5,7'))) OR xid >= '900000000')`)
    await client.query('ROLLBACK')
    client.release()
    expect(rows.map((row) => Object.values(row)[0]).join('\n')).toMatch(
      /BitmapOr[\s\S]*verification_changes_xid_idx[\s\S]*verification_changes_xid_idx/,
    )
  })
})

describe('the sweep of the feed', () => {
  const { prisma, close } = openDatabase({ url: world.url })
  afterAll(close)
  const start = Date.now()
  /** Sweeps as many minutes after the start of this test. */
  const sweepAt = (minutes: number) => prisma.$transaction((tx) => sweepChanges(tx, new Date(start + minutes * MINUTE)))
  const horizon = async () => {
    const swept = (await feedSince(null)).horizon
    if (!swept) throw new Error('The horizon must be of this cluster.')
    return swept
  }

  test('deletes what a snapshot of ten minutes ago had seen, and writes that snapshot down', async () => {
    const { uuid, key } = await world.createKey()
    const before = await currentSnapshot()
    await sweepAt(11)
    await world.revoke(uuid)
    await sweepAt(20)
    expect(await hashesSince(before)).toEqual([hashOf(key)])
    await sweepAt(22)
    expect(await hashesSince(before)).toEqual([hashOf(key)])
    const after = await currentSnapshot()
    await sweepAt(33)
    expect(await hashesSince(before)).toEqual([])
    expect(contains(before, await horizon())).toBe(false)
    expect(contains(after, await horizon())).toBe(true)
  })

  test('keeps a change that was made an hour ago and committed just now', async () => {
    const { uuid, key } = await world.createKey()
    const end = await openTransaction(revocationOf({ uuid }))
    await world.revoke((await world.createKey()).uuid)
    const before = await currentSnapshot()
    await sweepAt(44)
    await sweepAt(55)
    await end('COMMIT')
    await sweepAt(66)
    expect(await hashesSince(before)).toContain(hashOf(key))
    await sweepAt(77)
    await sweepAt(88)
    expect(await hashesSince(before)).toEqual([])
    expect(contains(before, await horizon())).toBe(false)
  })

  test('deletes what a dump of another cluster brought, and begins its horizon anew', async () => {
    await world.sql(`INSERT INTO verification_changes (xid, system, hash) VALUES ('9000000000', 42, sha256('x'))`)
    await world.sql(`UPDATE verification_horizon SET system = 42, swept = '9000000000:9000000000:', next = swept`)
    expect(await feedSince(await currentSnapshot())).toMatchObject({ horizon: null, changes: [] })
    await sweepAt(88)
    expect(await world.sql('SELECT FROM verification_changes WHERE system = 42')).toEqual([])
    expect(contains(await currentSnapshot(), await horizon())).toBe(true)
  })

  test('begins its horizon anew if it is of a future that a restored backup does not know', async () => {
    await world.sql(`UPDATE verification_horizon SET swept = '9000000000:9000000000:', next = '9000000000:9000000000:'`)
    const before = await currentSnapshot()
    await world.revoke((await world.createKey()).uuid)
    await sweepAt(88)
    expect(contains(await currentSnapshot(), await horizon())).toBe(true)
    expect(contains(before, await horizon())).toBe(false)
  })
})

test('a question about the database or about changes reads no key, however many there are', async () => {
  for (const kind of ['now', 'changed']) {
    const plan = await world.sql(`EXPLAIN SELECT FROM key_verification WHERE kind = '${kind}'`)
    expect(JSON.stringify(plan)).not.toContain('project_key')
  }
})
