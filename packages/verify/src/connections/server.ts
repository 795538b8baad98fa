import type pg from 'pg'

/** What a server says of itself; `timeline` only of a primary, because a standby's may change at any moment. */
export type ServerSaid = { replica: true; system: string } | { replica: false; system: string; timeline: number }

// Not `in_hot_standby`, which a pooler may repeat from an older session, nor the timeline of pg_control_checkpoint(),
// which is still the old one right after a promotion.
const QUESTION = `pg_is_in_recovery() AS replica, (SELECT system_identifier::text FROM pg_control_system()) AS system,
  CASE WHEN NOT pg_is_in_recovery() THEN substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END AS timeline`

type Row = { replica: boolean; system: string; timeline: string | null }

/** Asks which server this is. Any user may ask. `before` are expressions that are evaluated first. */
export async function askServer(client: pg.ClientBase, before: string[] = []): Promise<ServerSaid> {
  const { rows } = await client.query<Row>(`SELECT ${[...before, QUESTION].join(', ')}`)
  const [row] = rows
  if (!row) throw new Error('The database must return a row here.')
  const { replica, system, timeline } = row
  return replica || timeline === null
    ? { replica: true, system }
    : { replica: false, system, timeline: Number.parseInt(timeline, 16) }
}
