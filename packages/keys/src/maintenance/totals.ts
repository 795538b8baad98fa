import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { query } from '../database/statement.ts'

const Difference = z.object({ slug: z.string(), kept: z.string(), counted: z.string() })
export type Difference = z.output<typeof Difference>

/** The projects whose kept totals are not what a count finds, as `active+revoked`. None, unless something is wrong. */
export const compareTotals = (db: Database): Promise<Difference[]> =>
  query(
    db,
    Difference,
    `SELECT p.slug, concat(kept.active, '+', kept.revoked) AS kept, concat(counted.active, '+', counted.revoked) AS counted
     FROM projects p
     LEFT JOIN LATERAL (
       SELECT coalesce(sum(active), 0) AS active, coalesce(sum(revoked), 0) AS revoked
       FROM project_key_totals WHERE project = p.uuid
     ) kept ON true
     LEFT JOIN LATERAL (
       SELECT count(*) - count(revoked) AS active, count(revoked) AS revoked FROM project_keys WHERE project = p.uuid
     ) counted ON true
     WHERE (kept.active, kept.revoked) IS DISTINCT FROM (counted.active, counted.revoked)
     ORDER BY p.slug`,
    [],
  )
