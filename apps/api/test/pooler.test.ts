import { compareTotals, createLimits, type Database, examineDatabase, migrate, openDatabase } from '@project-keys/keys'
import { execute, freshDatabase } from '@project-keys/keys/test'
import { databaseFault } from '@project-keys/verify/connections'
import fastify from 'fastify'
import { afterAll, describe, expect, test } from 'vitest'
import { startWorker } from '../src/worker.ts'
import { walkMainPath } from './main-path.ts'
import { PGBOUNCER, startPgBouncer } from './pgbouncer.ts'
import { startService } from './service.ts'
import { createKey } from './world.ts'

const often = { count: 1000, span: 60 }
const LIMITS = { sign_in: often, authentication: often, keys: often, mails: often, recipients: often }

const told = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: Error) => databaseFault(error) ?? error.message,
  )

describe.skipIf(!PGBOUNCER)('behind PgBouncer (needs the program pgbouncer)', () => {
  test('in transaction mode, which is detected, the whole product runs', async () => {
    const { url: direct } = await freshDatabase({ migrated: false })
    const url = await startPgBouncer(direct, 'transaction')
    const place = { url, ...(await examineDatabase(url)) }
    expect(place).toMatchObject({ pooled: true, warnings: [] })
    await migrate(place)
    const db = openDatabase(place)
    afterAll(db.close)
    const limits = (of: Database) => createLimits(of, LIMITS)
    const service = await startService({ database: { db, url }, limits })
    const walks = await Promise.all(Array.from({ length: 8 }, () => walkMainPath(service)))
    expect(await execute(direct, 'SELECT count(*)::int AS n FROM pg_prepared_statements')).toEqual([{ n: 0 }])

    // The periodic jobs: sweeping, and merging the limits.
    const data = { hash: Buffer.alloc(32), expiration: new Date(Date.now() - 60_000) }
    await db.prisma.spentToken.create({ data })
    service.limits.take('sign_in', '192.0.2.1', new Date())
    const worker = startWorker({ service: { ...service, send: () => {} }, log: fastify().log })
    await expect.poll(() => db.prisma.spentToken.count({ where: data })).toBe(0)
    await expect.poll(() => db.prisma.rateCount.count({ where: { bucket: 'sign_in 192.0.2.1' } })).toBe(1)
    await worker.stop()

    // Usage, and the totals that triggers keep.
    const used = { where: { key: { in: walks.map(({ uuid }) => uuid) } } }
    await expect.poll(() => db.prisma.projectKeyUse.count(used)).toBe(walks.length)
    expect(await compareTotals(db)).toEqual([])

    // A change that the feed alone tells.
    const { project, person } = await walkMainPath(service)
    const { uuid, key } = await createKey(service, person, project, { name: 'By SQL' })
    expect(await service.send('GET', '/v0/verify', { token: key })).toMatchObject({ status: 200 })
    await execute(direct, 'UPDATE project_keys SET revoked = now() WHERE uuid = $1', [uuid])
    await expect.poll(async () => (await service.send('GET', '/v0/verify', { token: key })).status).toBe(401)
  })

  test('in session mode nothing differs from no pooler', async () => {
    const { url: direct } = await freshDatabase()
    const url = await startPgBouncer(direct, 'session', 30)
    const place = { url, ...(await examineDatabase(url)) }
    expect(place).toMatchObject({ pooled: false, warnings: [] })
    const db = openDatabase(place)
    afterAll(db.close)
    await walkMainPath(await startService({ database: { db, url } }))
  })

  test('in statement mode the start says what to do', async () => {
    const { url: direct } = await freshDatabase()
    const url = await startPgBouncer(direct, 'statement')
    const sentence =
      'The pooler in front of the database allows no transactions (statement mode): set its pool_mode to transaction or session.'
    expect(await told(examineDatabase(url))).toBe(sentence)
    expect(await told(migrate({ url, pooled: true }))).toBe(sentence)
  })

  test('the start says which startup parameter it refuses', async () => {
    const { url: direct } = await freshDatabase()
    const url = await startPgBouncer(direct, 'session')
    expect(await told(examineDatabase(`${url}?options=-c%20geqo%3Doff`))).toBe(
      "The pooler in front of the database refuses the startup parameter options: leave it out of DATABASE_URL, or add it to the pooler's ignore_startup_parameters.",
    )
  })

  test('in transaction mode the start says which settings the user lacks, because a session keeps none', async () => {
    const { url: direct } = await freshDatabase()
    await execute(
      direct,
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''Asia/Tokyo''', current_database()); END $$`,
    )
    const url = await startPgBouncer(direct, 'transaction')
    expect(await told(examineDatabase(`${url}?schema=service`))).toMatch(
      /^Behind a transaction pooler a session keeps no setting, so its user must have it: run ALTER ROLE \w+ IN DATABASE \w+ SET TimeZone = 'UTC'; ALTER ROLE \w+ IN DATABASE \w+ SET search_path = "service"\. Then let the pooler connect anew/,
    )
  })
})
