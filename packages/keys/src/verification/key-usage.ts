import type { Database } from '../database/client.ts'
import { readStatement } from '../database/statement.ts'
import { lastUseOf } from '../key-rotation/stored.ts'

/** The number of days whose calls are shown. */
export const USAGE_DAYS = 30

/** The number of days whose calls a list shows. */
export const RECENT_DAYS = 14
/** The most keys on a page of a list. */
export const MOST_KEYS = 255
/** As many calls in a day as a response can hold. */
const CALLS = `least(coalesce(calls.calls, 0), ${Number.MAX_SAFE_INTEGER})::float8`

type Row = { rotated: string | null; last_used: string | null; address: string | null; calls: number[] }
const findUsage = readStatement<Row>(
  `SELECT k.rotated, used.last_used, used.address,
     ARRAY(
       SELECT ${CALLS}
       FROM generate_series(0, ${USAGE_DAYS - 1}) AS days (ago)
       LEFT JOIN project_key_calls calls ON calls.key = k.uuid AND calls.day = $3::date - days.ago ORDER BY days.ago DESC
     ) AS calls
   FROM project_keys k LEFT JOIN project_key_uses used ON used.key = k.uuid WHERE k.project = $1 AND k.uuid = $2`,
)

/** The last use of a key, its address, and the calls per UTC day, today last; null if there is no such key. */
export async function readUsage(db: Database, { project, uuid, now }: { project: string; uuid: string; now: Date }) {
  const [row] = await findUsage(db, [project, uuid, now.toISOString().slice(0, 10)])
  if (!row) return null
  const day = (ago: number) => new Date(now.getTime() - ago * 24 * 60 * 60 * 1000).toISOString().slice(0, 10)
  const days = row.calls.map((calls, place) => ({ day: day(row.calls.length - 1 - place), calls }))
  return { ...(await lastUseOf(db, { ...row, uuid })), days }
}

const findRecent = readStatement<{ uuid: string; ago: number[]; calls: number[] }>(
  `SELECT k.uuid, array_agg($3::date - calls.day) AS ago, array_agg(${CALLS}) AS calls
   FROM project_keys k JOIN project_key_calls calls ON calls.key = k.uuid
     AND calls.day > $3::date - ${RECENT_DAYS} AND calls.day <= $3::date
   WHERE k.project = $1 AND k.uuid = ANY ($2::uuid[]) GROUP BY k.uuid`,
)

/** The calls per UTC day of some keys, today last; none of the keys that the project does not have or that had no calls. */
export async function readRecent(db: Database, { project, keys, now }: { project: string; keys: string[]; now: Date }) {
  const rows = await findRecent(db, [project, keys, now.toISOString().slice(0, 10)])
  return rows.map(({ uuid, ago, calls }) => {
    const on = new Map(ago.map((days, place) => [days, calls[place] ?? 0]))
    return { uuid, calls: Array.from({ length: RECENT_DAYS }, (_, day) => on.get(RECENT_DAYS - 1 - day) ?? 0) }
  })
}
