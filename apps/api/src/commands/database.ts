import { type Database, openDatabase } from '@project-keys/keys'
import { withEmbedded } from '@project-keys/postgres'
import { databaseFault } from '@project-keys/verify/connections'
import type { Config } from '../config.ts'
import { explained } from '../process/start-faults.ts'

/** Runs a command's work on the service's database, whether or not the service runs. */
export async function withDatabase<T>({ databaseUrl, dataDir }: Config, work: (db: Database) => Promise<T>) {
  const workAt = async (url: string) => {
    const db = openDatabase({ url })
    try {
      return await work(db)
    } finally {
      await db.close()
    }
  }
  if (databaseUrl) return await workAt(databaseUrl).catch(explained(databaseFault))
  return await withEmbedded({ folder: dataDir, log: console.error }, workAt)
}
