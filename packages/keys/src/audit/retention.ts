import type { Database } from '../database/client.ts'

const DAY = 24 * 60 * 60 * 1000 // ms
/** The most events that one statement drops, and the most statements of a call. */
const [BATCH, MOST_BATCHES] = [2000, 20]

/** Drops the content of events that are older than so many days. Their hashes stay, so that the chain can be verified. */
export async function dropOldEvents({ prisma }: Database, { days, now }: { days: number; now: Date }): Promise<number> {
  const before = new Date(now.getTime() - days * DAY)
  let dropped = 0
  for (let n = 0; n < MOST_BATCHES; n++) {
    const count = await prisma.$executeRaw`
      UPDATE audit_events SET line = NULL, action = NULL, person = NULL, project = NULL, key = NULL
      WHERE (chain, number) IN (
        SELECT chain, number FROM audit_events WHERE at < ${before} AND line IS NOT NULL
        ORDER BY at LIMIT ${BATCH} FOR NO KEY UPDATE SKIP LOCKED
      )`
    dropped += count
    if (count < BATCH) break
  }
  return dropped
}
