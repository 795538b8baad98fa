import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { execute, freshDatabase } from '../../test/database.ts'
import { openDatabase } from './client.ts'

const { url } = await freshDatabase()

test('a time is stored as it is, whatever time zone the database has', async () => {
  await execute(
    url,
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''Asia/Tokyo''', current_database()); END $$`,
  )
  const db = openDatabase({ url })
  const time = new Date('2026-05-01T12:00:00Z')
  const data = { uuid: randomUUID(), name: 'A', slug: 'a', created: time, modified: time, claimed: time }
  await db.prisma.organization.create({ data })
  expect(await db.pipeline.read({ text: 'SELECT created FROM organizations' })).toEqual([
    { created: '2026-05-01T12:00:00Z' },
  ])
  await db.close()
})

test('PostgreSQL plans a statement of Prisma once for each connection', async () => {
  const db = openDatabase({ url, connections: 1 })
  for (let run = 0; run < 3; run++) await db.prisma.user.findUnique({ where: { uuid: randomUUID() } })
  const { rows } = await db.pool.query(`SELECT (generic_plans + custom_plans)::int AS runs FROM pg_prepared_statements
    WHERE statement LIKE '%"users"%'`)
  expect(rows).toEqual([{ runs: 3 }])
  await db.close()
})
