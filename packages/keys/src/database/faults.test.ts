import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { openDatabase } from './client.ts'
import { isAway, isTaken, isTransient, isUnstorable } from './faults.ts'

const { db, url } = await freshDatabase()

const kindsOf = (error: unknown) =>
  Object.entries({ isAway, isTransient, isTaken, isUnstorable }).flatMap(([name, is]) => (is(error) ? [name] : []))

const failure = async (work: Promise<unknown>) => {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('It did not fail.')
}

/** The kinds of the error that SQL causes: through the pool, and through Prisma. */
const faultsOf = async (...sql: string[]) => {
  const client = await db.pool.connect()
  try {
    const all = async () => {
      for (const text of sql) await client.query(text)
    }
    const byPool = await failure(all())
    await client.query('ROLLBACK')
    const byPrisma = await failure(
      db.prisma.$transaction(async (tx) => {
        for (const text of sql.filter((text) => text !== 'BEGIN')) await tx.$executeRawUnsafe(text)
      }),
    )
    return [byPool, byPrisma].map(kindsOf)
  } finally {
    client.release()
  }
}

test.each([
  "SELECT '0000-01-01T00:00:00Z'::timestamptz",
  "SELECT '2026-02-30T00:00:00Z'::timestamptz",
  "SELECT 'no id'::uuid",
  'SELECT 99999999999::int',
  "SELECT convert_from('\\x00', 'UTF8')",
])('a value that PostgreSQL cannot store is one: %s', async (sql) => {
  expect(await faultsOf(sql)).toEqual([['isUnstorable'], ['isUnstorable']])
})

test('a mistake of the statement itself is no such value', async () => {
  expect(await faultsOf('SELECT 1 / 0')).toEqual([[], []])
  expect(await faultsOf('SELECT nothing')).toEqual([[], []])
})

describe('the database is away', () => {
  test('when no server listens at its address', async () => {
    const nowhere = openDatabase({ url: 'postgresql://keys@127.0.0.1:1/keys' })
    expect(kindsOf(await failure(nowhere.pool.query('SELECT 1')))).toEqual(['isAway'])
    expect(kindsOf(await failure(nowhere.prisma.user.count()))).toEqual(['isAway'])
    expect(kindsOf(await failure(nowhere.prisma.$queryRaw`SELECT 1`))).toEqual(['isAway'])
    await nowhere.close()
  })

  test('when its name is unknown, or its socket is gone', async () => {
    for (const url of ['postgresql://keys@nowhere.invalid/keys', 'postgresql://keys@localhost/keys?host=/nowhere']) {
      const nowhere = openDatabase({ url })
      expect(kindsOf(await failure(nowhere.pool.query('SELECT 1')))).toEqual(['isAway'])
      expect(kindsOf(await failure(nowhere.prisma.user.count()))).toEqual(['isAway'])
      expect(kindsOf(await failure(nowhere.prisma.$executeRaw`SELECT 1`))).toEqual(['isAway'])
      await nowhere.close()
    }
  })

  test('when a transaction gets no connection in time', async () => {
    const narrow = openDatabase({ url, connections: 1 })
    const taken = await narrow.pool.connect()
    expect(kindsOf(await failure(narrow.prisma.$transaction(async () => {})))).toEqual(['isAway'])
    taken.release()
    await narrow.close()
  })

  test('when a statement takes too long, waits for a lock, or may not write', async () => {
    const away = [['isAway'], ['isAway']]
    expect(await faultsOf('BEGIN', 'SET LOCAL statement_timeout = 20', 'SELECT pg_sleep(5)')).toEqual(away)
    expect(await faultsOf('BEGIN', 'SET TRANSACTION READ ONLY', 'DELETE FROM users')).toEqual(away)
    const locker = await db.pool.connect()
    await locker.query('BEGIN; LOCK TABLE users')
    expect(await faultsOf('BEGIN', 'SET LOCAL lock_timeout = 20', 'DELETE FROM users')).toEqual(away)
    await locker.query('ROLLBACK')
    locker.release()
  })

  test('when it ends the connection', async () => {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    await client.connect()
    expect(kindsOf(await failure(client.query('SELECT pg_terminate_backend(pg_backend_pid())')))).toEqual(['isAway'])
    expect(kindsOf(await failure(db.prisma.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`))).toEqual([
      'isAway',
    ])
  })

  test('when no connection is free', async () => {
    const pool = new pg.Pool({ connectionString: url, max: 1, connectionTimeoutMillis: 500 })
    const client = await pool.connect()
    expect(kindsOf(await failure(pool.query('SELECT 1')))).toEqual(['isAway'])
    client.release()
    await pool.end()
  })
})

describe('PostgreSQL asks for a retry', () => {
  /** Two transactions that each do `first`, then `second`: `begin` decides what goes wrong between them. */
  async function collide(begin: string, steps: (mine: string, other: string) => [string, string]) {
    const [one, two] = [await db.pool.connect(), await db.pool.connect()]
    const plans = [steps('a', 'b'), steps('b', 'a')] as const
    await one.query(begin)
    await two.query(begin)
    await one.query(plans[0][0])
    await two.query(plans[1][0])
    const ends = await Promise.allSettled([
      one.query(plans[0][1]).then(() => one.query('COMMIT')),
      two.query(plans[1][1]).then(() => two.query('COMMIT')),
    ])
    await one.query('ROLLBACK')
    await two.query('ROLLBACK')
    one.release()
    two.release()
    return ends.flatMap((end) => (end.status === 'rejected' ? [kindsOf(end.reason)] : []))
  }

  test('after a deadlock and after a serialization failure', async () => {
    await db.pool.query("CREATE TABLE rows AS SELECT name, 0 AS n FROM unnest(ARRAY['a', 'b']) AS name")
    const add = (name: string) => `UPDATE rows SET n = n + 1 WHERE name = '${name}'`
    expect(await collide('BEGIN', (mine, other) => [add(mine), add(other)])).toEqual([['isTransient']])
    const serial = await collide('BEGIN ISOLATION LEVEL SERIALIZABLE', (mine, other) => [
      `SELECT n FROM rows WHERE name = '${other}'`,
      add(mine),
    ])
    expect(serial).toEqual([['isTransient']])
  })

  test('through Prisma, too', async () => {
    const again = await failure(db.prisma.$executeRaw`DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$`)
    expect(kindsOf(again)).toEqual(['isTransient'])
  })
})

describe('a unique constraint is violated', () => {
  test('by the pool and by Prisma', async () => {
    const time = new Date(0)
    const data = { uuid: randomUUID(), name: 'A', slug: 'taken', created: time, modified: time, claimed: time }
    await db.prisma.organization.create({ data })
    expect(kindsOf(await failure(db.prisma.organization.create({ data: { ...data, uuid: randomUUID() } })))).toEqual([
      'isTaken',
    ])
    const again = 'INSERT INTO organizations SELECT * FROM organizations'
    expect(kindsOf(await failure(db.pool.query(again)))).toEqual(['isTaken'])
    expect(kindsOf(await failure(db.prisma.$executeRawUnsafe(again)))).toEqual(['isTaken'])
  })
})

describe('any other fault', () => {
  test('is none of these', async () => {
    expect(await faultsOf('SELECT 1 / 0')).toEqual([[], []])
    expect(await faultsOf('SELECT * FROM nowhere')).toEqual([[], []])
    for (const error of [new Error('x'), 'x', null, undefined, new Error('x', { cause: 'y' })])
      expect(kindsOf(error)).toEqual([])
  })
})
