import type pg from 'pg'
import { z } from 'zod'

const Answer = z.tuple([z.object({ connected: z.boolean() })])

/**
 * Whether another process of the service uses the database, as far as its connections have their usual name. It asks for
 * changes several times a second, and a pooler keeps connections of processes that have ended, which ask nothing.
 */
export async function isInUse(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT EXISTS (
       SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'project-keys'
         AND pid <> pg_backend_pid() AND state_change > clock_timestamp() - interval '5 seconds'
     ) AS connected`,
  )
  return Answer.parse(rows)[0].connected
}
