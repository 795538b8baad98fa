import { connectionSettings, openClient } from '@project-keys/verify/connections'
import type pg from 'pg'
import { type DatabasePlace, databaseTarget } from './target.ts'

/** A connection of its own, for work that takes longer than a request may. Call `end` of it. */
export const openWorker = (place: DatabasePlace, name: string): Promise<pg.Client> =>
  openClient(connectionSettings(databaseTarget(place), { name, connectTimeout: 5000 }))

/** All timeouts of a session, in each version of PostgreSQL. */
const NO_TIMEOUTS = `SELECT set_config(name, '0', true) FROM pg_settings
  WHERE name IN ('statement_timeout', 'lock_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')`

type Work<Result> = () => Promise<Result>

/** Runs `work` in a transaction that no timeout ends. It is rolled back if `work` throws or `keep` says so. */
export async function inLongTransaction<Result>(
  client: pg.Client,
  work: Work<Result>,
  { begin = 'BEGIN', keep = () => true }: { begin?: string; keep?: (result: Result) => boolean } = {},
): Promise<Result> {
  await client.query(begin)
  try {
    await client.query(NO_TIMEOUTS)
    const result = await work()
    await client.query(keep(result) ? 'COMMIT' : 'ROLLBACK')
    return result
  } catch (error) {
    // A connection that is lost rolls back by itself.
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}
