import { openWorker } from '../database/long-work.ts'
import { isInUse } from '../database/service-sessions.ts'
import type { DatabasePlace } from '../database/target.ts'

/** Whether a service uses the database, as far as its connections have their usual name. */
export async function isServiceConnected(place: DatabasePlace): Promise<boolean> {
  const client = await openWorker(place, 'project-keys-move')
  try {
    return await isInUse(client)
  } finally {
    await client.end()
  }
}
