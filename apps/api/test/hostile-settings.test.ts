import { migrate } from '@project-keys/keys'
import { freshDatabase } from '@project-keys/keys/test'
import { missingSettings } from '@project-keys/verify/connections'
import { beforeAll, expect, test } from 'vitest'
import { HOSTILE, setDefaults } from './hostile-settings.ts'
import { walkMainPath } from './main-path.ts'
import { type Service, startService } from './service.ts'

/** All at once, but the timeouts: a loaded machine could need longer to prepare a session. The slow test has those. */
const together = Object.fromEntries(Object.entries(HOSTILE).filter(([name]) => !/timeout/.test(name)))

let service: Service
beforeAll(async () => {
  const database = await freshDatabase({ migrated: false })
  await setDefaults(database.url, together)
  await migrate({ url: database.url })
  service = await startService({ database })
})

test('the migrations and the main path are right under defaults that are all far from PostgreSQL’s own', async () => {
  await walkMainPath(service)
  await Promise.all(Array.from({ length: 16 }, () => walkMainPath(service)))
})

test('every session has what the service needs', async () => {
  for (const pool of [service.db.pool, service.db.anonymousPool]) {
    const client = await pool.connect()
    expect(await missingSettings(client, { schema: 'public', pooled: true })).toEqual([])
    client.release()
  }
  const text = `SELECT current_setting('synchronous_commit') AS flushed, current_setting('gin_fuzzy_search_limit') AS found,
    ARRAY[NULL]::text[]::text::text[] AS nulls, 1777636799.123::float8 AS ms, current_setting('search_path') AS path`
  const [row] = await service.db.pipeline.read({ text, values: [] })
  expect(row).toEqual({ flushed: 'on', found: '0', nulls: [null], ms: 1777636799.123, path: '"public"' })
})
