import { type Database, examineDatabase, openDatabase, record } from '@project-keys/keys'
import { withEmbedded } from '@project-keys/postgres'
import { databaseFault } from '@project-keys/verify/connections'
import type { Config } from '../config.ts'
import { explained, messageOf } from '../process/start-faults.ts'

type Place = { url: string; pooled: boolean }

/** Runs a command's work where the service's database is, whether or not the service runs. */
export async function atDatabase<T>({ databaseUrl: url, pooler, dataDir }: Config, work: (at: Place) => Promise<T>) {
  if (!url) return await withEmbedded({ folder: dataDir, log: console.error }, (url) => work({ url, pooled: false }))
  const workThere = async () => await work({ url, pooled: (await examineDatabase(url, pooler)).pooled })
  return await workThere().catch(explained((error) => databaseFault(error)))
}

/** The same, with the database opened. */
export const withDatabase = <T>(config: Config, work: (db: Database) => Promise<T>) =>
  atDatabase(config, (place) => opened(place, work))

async function opened<T>(place: Place, work: (db: Database) => Promise<T>): Promise<T> {
  const db = openDatabase(place)
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

/** Writes into the audit log that a command was run. Its work is done by then, so that a fault here is only told. */
export async function recordCommand(place: Place, action: `server.${string}`): Promise<void> {
  await opened(place, (db) => record(db, { action, server: true })).catch((error: unknown) => {
    console.error(`It is done, but the audit log does not have it: ${messageOf(error)}`)
  })
}
