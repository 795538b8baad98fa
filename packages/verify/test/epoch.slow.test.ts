import { expect, test } from 'vitest'
import { execute } from '../../keys/test/database.ts'
import { STALENESS_BOUND } from '../src/freshness.ts'
import { createVerifier } from '../src/verifier.ts'
import { seedKeys } from './chaos/keys.ts'
import { startServer } from './chaos/server.ts'
import { sleep } from './world.ts'

// Windows cannot kill a process of PostgreSQL as this file does.
const onUnix = test.skipIf(process.platform === 'win32')

/** Whatever happens to the server meanwhile. */
const patiently = async <T>(work: () => Promise<T>): Promise<T> =>
  work().catch(() => sleep(50).then(() => patiently(work)))

async function startWithKeys(count: number) {
  const server = await startServer()
  const sql = (text: string, values: unknown[] = []) => execute(server.url, text, values)
  const keys = await seedKeys(server.url, count)
  const verifier = createVerifier({ connectionString: server.url })
  const isCached = (key: string) => !(verifier.verify(key) instanceof Promise)
  const cached = (key: string) => expect.poll(() => patiently(async () => isCached(key)), { interval: 10 }).toBe(true)
  /** A yes to a call that began later than the bound after the revocation fails. */
  const refusedInTime = async (key: string) => {
    for (const acknowledged = performance.now(); ; await sleep(5)) {
      const began = performance.now()
      const { valid } = await verifier.verify(key)
      if (!valid) return
      expect(began - acknowledged).toBeLessThanOrEqual(STALENESS_BOUND)
    }
  }
  return { ...server, sql, keys, verifier, cached, refusedInTime }
}

onUnix(
  'after one of its processes crashed, the server gives ids out again and tells the same start: the epoch differs',
  async () => {
    const { sql, keys, verifier, cached, refusedInTime } = await startWithKeys(3)
    const read = () =>
      sql(`SELECT epoch, pg_snapshot_xmax(snapshot)::text::float8 AS xmax, pg_postmaster_start_time()::text AS started
        FROM key_verification WHERE kind = 'now'`)
    let wentBack = 0
    for (const { uuid, key } of keys) {
      await cached(key)
      await sql('CHECKPOINT')
      for (let n = 0; n < 5; n++) await sql('BEGIN; SELECT pg_current_xact_id(); ROLLBACK')
      const [before] = await read()
      const [backend] = await sql(
        `SELECT pid FROM pg_stat_activity WHERE application_name = 'project-keys-verify' LIMIT 1`,
      )
      process.kill(Number(backend?.pid), 'SIGKILL')
      await sleep(100)
      await patiently(() => sql('UPDATE project_keys SET revoked = now() WHERE uuid = $1', [uuid]))
      await refusedInTime(key)
      const [after] = await read()
      expect(after?.started).toBe(before?.started)
      expect(after?.epoch).not.toBe(before?.epoch)
      if (Number(after?.xmax) <= Number(before?.xmax) + 1) wentBack += 1
    }
    // Otherwise nothing was tried.
    expect(wentBack).toBeGreaterThan(0)
    await verifier.close()
  },
  60_000,
)

onUnix(
  'a prepared transaction that outlives a crash is told when it commits',
  async () => {
    const { sql, end, keys, verifier, cached, refusedInTime } = await startWithKeys(1)
    const [{ uuid, key } = { uuid: '', key: '' }] = keys
    await sql('ALTER SYSTEM SET max_prepared_transactions = 5')
    await end('SIGINT')
    const isReady = () =>
      patiently(async () => (await sql('SHOW max_prepared_transactions'))[0]?.max_prepared_transactions)
    await expect.poll(isReady).toBe('5')
    await sql(`BEGIN; UPDATE project_keys SET revoked = now() WHERE uuid = '${uuid}'; PREPARE TRANSACTION 'revocation'`)
    await sql('BEGIN; SELECT pg_current_xact_id(); COMMIT')
    await cached(key)
    await end('SIGQUIT')
    await sleep(300)
    await patiently(() => sql('SELECT 1'))
    await cached(key)
    await sql(`COMMIT PREPARED 'revocation'`)
    await refusedInTime(key)
    await verifier.close()
  },
  60_000,
)
