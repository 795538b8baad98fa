import { migrate, openDatabase } from '@project-keys/keys'
import { execute, freshDatabase } from '@project-keys/keys/test'
import { afterAll, expect, test } from 'vitest'
import { walkMainPath } from './main-path.ts'
import { startService } from './service.ts'

async function databaseInSchema(schema: string) {
  const { url: empty } = await freshDatabase({ migrated: false })
  const url = new URL(empty)
  url.searchParams.set('schema', schema)
  const db = openDatabase({ url: url.href })
  afterAll(db.close)
  await migrate({ url: url.href })
  return { db, url: url.href, empty }
}

test('with ?schema=NAME everything is made and found in that schema, beside tables of others', async () => {
  const { empty, ...database } = await databaseInSchema('service')
  await execute(empty, 'CREATE TABLE public.project_keys (another_service int)')
  const service = await startService({ database })
  await walkMainPath(service)
  const tables = await execute(empty, `SELECT DISTINCT schemaname AS schema FROM pg_tables WHERE tablename = 'users'`)
  expect(tables).toEqual([{ schema: 'service' }])
})
