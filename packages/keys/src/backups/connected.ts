import { z } from 'zod'
import { openWorker } from '../database/long-work.ts'
import type { DatabasePlace } from '../database/target.ts'

const Answer = z.tuple([z.object({ connected: z.boolean() })])

/** Whether a service is connected to the database, as far as its connections have their usual name. */
export async function isServiceConnected(place: DatabasePlace): Promise<boolean> {
  const client = await openWorker(place, 'project-keys-move')
  try {
    const { rows } = await client.query(
      `SELECT EXISTS (
         SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'project-keys'
       ) AS connected`,
    )
    return Answer.parse(rows)[0].connected
  } finally {
    await client.end()
  }
}
