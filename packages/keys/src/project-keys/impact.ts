import type { Database } from '../database/client.ts'
import { readStatement } from '../database/statement.ts'

type Counts = { active: number; expired: number; revoked: number; used_today: number }
const countKeys = readStatement<Counts>(
  `SELECT count(*) FILTER (WHERE k.revoked IS NULL AND k.expiration > $3::timestamptz)::int AS active,
     count(*) FILTER (WHERE k.revoked IS NULL AND k.expiration <= $3::timestamptz)::int AS expired,
     count(k.revoked)::int AS revoked,
     count(*) FILTER (WHERE k.revoked IS NULL AND today.calls > 0)::int AS used_today
   FROM project_keys k LEFT JOIN project_key_calls today ON today.key = k.uuid AND today.day = $4::date
   WHERE k.project = $1 AND k.uuid = ANY ($2::uuid[])`,
)

type Maker = { uuid: string | null; name: string | null; keys: number }
const countMakers = readStatement<Maker>(
  `SELECT k.creator AS uuid, maker.name, count(*)::int AS keys
   FROM project_keys k LEFT JOIN users maker ON maker.uuid = k.creator
   WHERE k.project = $1 AND k.uuid = ANY ($2::uuid[]) AND k.revoked IS NULL
   GROUP BY k.creator, maker.name ORDER BY count(*) DESC, maker.name, k.creator`,
)

/** The effect of revoking these keys: how many of them are in use, and who created those that are not revoked yet. */
export async function readImpact(
  db: Database,
  { project, uuids, now }: { project: string; uuids: string[]; now: Date },
) {
  const time = now.toISOString()
  const [[counts], makers] = await Promise.all([
    countKeys(db, [project, uuids, time, time.slice(0, 10)]),
    countMakers(db, [project, uuids]),
  ])
  return { ...(counts ?? { active: 0, expired: 0, revoked: 0, used_today: 0 }), makers }
}
