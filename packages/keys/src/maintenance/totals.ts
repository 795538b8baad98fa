import { z } from 'zod'
import type { Database } from '../database/client.ts'

const Difference = z.object({ slug: z.string(), kept: z.string(), counted: z.string() })
export type Difference = z.output<typeof Difference>

/** The projects whose stored totals differ from a count, as `active+revoked`: none, unless something is wrong. */
export async function compareTotals(db: Database): Promise<Difference[]> {
  const { rows } = await db.pool.query(DIFFERENCES)
  return z.array(Difference).parse(rows)
}

const DIFFERENCES = `
  SELECT p.slug, concat(kept.active, '+', kept.revoked) AS kept, concat(counted.active, '+', counted.revoked) AS counted
  FROM projects p
  LEFT JOIN LATERAL (
    SELECT coalesce(sum(active), 0) AS active, coalesce(sum(revoked), 0) AS revoked
    FROM project_key_totals WHERE project = p.uuid
  ) kept ON true
  LEFT JOIN LATERAL (
    SELECT count(*) - count(revoked) AS active, count(revoked) AS revoked FROM project_keys WHERE project = p.uuid
  ) counted ON true
  WHERE (kept.active, kept.revoked) IS DISTINCT FROM (counted.active, counted.revoked)
  ORDER BY p.slug`

/** Counts again, while a lock keeps other transactions from creating, revoking and deleting keys. */
export async function mendTotals(db: Database): Promise<void> {
  await db.prisma.$transaction(async (tx) => {
    await tx.$executeRaw`LOCK TABLE project_keys IN SHARE MODE`
    await tx.$executeRaw`DELETE FROM project_key_totals`
    await tx.$executeRaw`INSERT INTO project_key_totals (project, slot, active, revoked)
      SELECT project, 0, count(*) - count(revoked), count(revoked) FROM project_keys GROUP BY project`
  })
}
