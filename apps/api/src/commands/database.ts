import { type Database, examineDatabase, openDatabase } from '@project-keys/keys'
import { withEmbedded } from '@project-keys/postgres'
import { databaseFault } from '@project-keys/verify/connections'
import type { Config } from '../config.ts'
import { explained } from '../process/start-faults.ts'

/** Runs a command's work on the service's database, whether or not the service runs. */
export async function withDatabase<T>({ databaseUrl, pooler, dataDir }: Config, work: (db: Database) => Promise<T>) {
  const workAt = async (url: string, pooled = false) => {
    const db = openDatabase({ url, pooled })
    try {
      return await work(db)
    } finally {
      await db.close()
    }
  }
  if (databaseUrl) {
    const workThere = async () => await workAt(databaseUrl, (await examineDatabase(databaseUrl, pooler)).pooled)
    return await workThere().catch(explained((error) => databaseFault(error)))
  }
  return await withEmbedded({ folder: dataDir, log: console.error }, workAt)
}
