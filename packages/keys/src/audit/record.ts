import type { Database } from '../database/client.ts'

/** The subject of an event: a row of one of these tables, by its UUID. */
type About = { users: string } | { projects: string } | { organizations: string } | { server: true }
type Recorded = About & { action: string; after?: Record<string, string | number | boolean | null> }

/**
 * Writes an event of what changes no row that has a trigger, such as an export. Call it in the transaction of the change,
 * if there is one.
 */
export async function record(
  db: Pick<Database, 'stamp'> & { prisma: Pick<Database['prisma'], '$executeRaw'> },
  recorded: Recorded,
) {
  const { action, after = {}, ...about } = recorded
  const [entity, uuid] = Object.entries(about)[0] ?? []
  const row = JSON.stringify({ ...after, ...(typeof uuid === 'string' && { uuid }) })
  await db.prisma.$executeRaw`INSERT INTO audit_pending (entity, op, after, by)
    VALUES (${entity}, 'RECORD', ${row}::jsonb, ${db.stamp({ action })})`
}
