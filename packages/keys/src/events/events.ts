import { z } from 'zod'
import { SERVER_CHAIN } from '../audit/chain.ts'
import type { Database } from '../database/client.ts'
import { addTo } from '../database/parameters.ts'

export type EventFilters = {
  /** The UUID of who acted. */
  person?: string | undefined
  /** The UUID of a project. */
  project?: string | undefined
  /** The UUID of a project key. */
  key?: string | undefined
  action?: string | undefined
  /** From this time on, and before that one. */
  since?: string | undefined
  until?: string | undefined
  /** Only events with smaller numbers. */
  before?: number | undefined
  per_page: number
}

const Fields = z.record(z.string(), z.unknown())
const Actor = z.object({
  kind: z.string(),
  user: z.object({ uuid: z.string(), name: z.string().optional() }).optional(),
  token: z.string().optional(),
  key: z.string().optional(),
})
const Target = z.object({ kind: z.string(), uuid: z.string().optional(), name: z.string().optional() })

const number = z.int().meta({ description: 'Its place in the chain, from 1 on.', example: 12 })
const chain = z.string().meta({ description: 'The UUID of the organization, or `server`.' })

/** An event as its line tells it. Of one whose content was dropped, only the number, the chain and the hash are left. */
export const AuditEvent = z
  .object({
    number,
    chain,
    time: z.string().optional().meta({ example: '2026-05-02T12:00:00.123Z' }),
    action: z.string().optional().meta({ example: 'project_key.revoke' }),
    actor: Actor.optional(),
    address: z.string().optional(),
    request_id: z.string().optional(),
    target: Target.optional(),
    project: z.string().optional(),
    project_slug: z.string().optional().meta({ description: 'The slug that the project has today.' }),
    before: Fields.optional(),
    after: Fields.optional(),
    dropped: z.boolean().optional().meta({ description: 'Whether its content was dropped, because it was too old.' }),
    hash: z.string().optional().meta({ description: 'Of a dropped event: the SHA-256 of its line.' }),
  })
  .meta({ id: 'AuditEvent' })
export type AuditEvent = z.output<typeof AuditEvent>

type Row = { number: string; line: string | null; hash: string; slug: string | null }

/**
 * The events of a chain, the newest first, by their numbers: events that are added meanwhile are on no page twice. It reads
 * along the index of the chain or, where one is given, of the person, the key, the project or the action.
 */
export async function readEvents({ pool }: Database, chain: string, filters: EventFilters): Promise<AuditEvent[]> {
  const values: unknown[] = []
  const parameter = addTo(values)
  const { person, project, key, action, since, until, before, per_page } = filters
  const conditions = [
    `chain = ${parameter(chain)}::uuid`,
    ...(person === undefined ? [] : [`person = ${parameter(person)}::uuid`]),
    ...(project === undefined ? [] : [`project = ${parameter(project)}::uuid`]),
    ...(key === undefined ? [] : [`key = ${parameter(key)}::uuid`]),
    ...(action === undefined ? [] : [`action = ${parameter(action)}`]),
    ...(since === undefined ? [] : [`at >= ${parameter(since)}::timestamptz`]),
    ...(until === undefined ? [] : [`at < ${parameter(until)}::timestamptz`]),
    ...(before === undefined ? [] : [`number < ${parameter(before)}::bigint`]),
  ]
  const { rows } = await pool.query<Row>(
    `SELECT number, line, encode(hash, 'hex') AS hash,
       (SELECT slug FROM projects p WHERE p.uuid = events.project AND p.deleted IS NULL) AS slug
     FROM audit_events events WHERE ${conditions.join(' AND ')} ORDER BY number DESC LIMIT ${parameter(per_page)}::int`,
    values,
  )
  return rows.map(({ number, line, hash, slug }) =>
    line === null
      ? { number: Number(number), chain: nameOf(chain), dropped: true, hash }
      : { ...AuditEvent.parse(JSON.parse(line)), ...(slug !== null && { project_slug: slug }) },
  )
}

const nameOf = (chain: string) => (chain === SERVER_CHAIN ? 'server' : chain)
