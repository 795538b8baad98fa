import { z } from 'zod'

const Fields = z.record(z.string(), z.unknown())
type Fields = z.output<typeof Fields>

/** A change that is not sealed yet, with what other tables know of it. */
export const Pending = z.object({
  id: z.bigint(),
  time: z.string(),
  entity: z.string(),
  op: z.enum(['INSERT', 'UPDATE', 'DELETE', 'RECORD']),
  before: Fields.nullable(),
  after: Fields.nullable(),
  by: z.string().nullable(),
  /** The chain that it belongs to. */
  chain: z.string(),
  project: z.string().nullable(),
  /** The name of the thing, where its row does not tell it. */
  known_name: z.string().nullable(),
})
export type Pending = z.output<typeof Pending>

/** An event without its place in a chain. */
export type Event = {
  time: string
  action: string
  actor: { kind: string; user?: { uuid: string; name?: string }; token?: string; key?: string }
  address?: string
  request_id?: string
  target: { kind: string; uuid?: string; name?: string }
  project?: string
  before?: Fields
  after?: Fields
}

const Said = z.object({
  kind: z.string(),
  user: z.string().optional(),
  token: z.string().optional(),
  key: z.string().optional(),
  address: z.string().optional(),
  request_id: z.string().optional(),
  action: z.string().optional(),
})
type Said = z.output<typeof Said>

/** The kinds of things, by their tables. */
const KINDS: Record<string, string> = {
  users: 'user',
  organizations: 'organization',
  organization_members: 'organization_member',
  projects: 'project',
  project_members: 'project_member',
  project_keys: 'project_key',
  project_key_rotations: 'project_key',
  user_keys: 'api_token',
  invitations: 'invitation',
  server: 'server',
  refusals: 'request',
}

/** The event of a change; null if nothing changed that people are told of. */
export function eventOf(pending: Pending): Event | null {
  const { entity, op, before, after, project } = pending
  const row = after ?? before ?? {}
  const said = readSaid(pending.by)
  const detail = op === 'RECORD' ? withoutPlace(row) : after
  const changed = op === 'UPDATE' ? differences(before ?? {}, after ?? {}) : { before: set(before), after: set(detail) }
  const action = said?.action ?? actionOf(pending, changed)
  if (action === null) return null
  const uuid = textOf(row.uuid ?? row.key ?? row.user)
  const name = textOf(row.name ?? row.email) ?? pending.known_name
  return {
    time: pending.time,
    action,
    actor: actorOf(said, pending),
    ...(said?.address && { address: said.address }),
    ...(said?.request_id && { request_id: said.request_id }),
    target: { kind: KINDS[entity] ?? entity, ...(uuid && { uuid }), ...(name && { name }) },
    ...(project && { project }),
    ...fieldsOf('before', changed.before),
    ...fieldsOf('after', changed.after),
  }
}

/** Null if they did not say it, or wrote something else. */
function readSaid(by: string | null): Said | null {
  try {
    return by === null ? null : Said.parse(JSON.parse(by))
  } catch {
    return null
  }
}

/** A caller who changes an account without being signed in holds a link that was mailed to it, and so acts as its user. */
function actorOf(said: Said | null, { entity, before, after }: Pending): Event['actor'] {
  const row = after ?? before ?? {}
  const byLink = said?.kind === 'anonymous'
  const user = byLink ? textOf(entity === 'users' ? row.uuid : row.user) : said?.user
  return {
    kind: byLink ? 'mailed_link' : (said?.kind ?? 'unknown'),
    ...(user && { user: { uuid: user } }),
    ...(said?.token && { token: said.token }),
    ...(said?.key && { key: said.key }),
  }
}

/** A rotation changes at least one of these, whatever its second. */
const OF_SECRETS = ['rotated', 'last_four', 'first_use_awaited']

type Changed = { before: Fields | null; after: Fields | null }

function actionOf({ entity, op, before, after }: Pending, changed: Changed): string | null {
  const kind = KINDS[entity] ?? entity
  if (op === 'INSERT') return `${kind}.create`
  if (op === 'DELETE') return `${kind}.delete`
  const fields = Object.keys(changed.after ?? {}).filter((field) => field !== 'modified')
  if (fields.length === 0) return null
  if (entity === 'project_key_rotations')
    return `${kind}.${fields.includes('first_used') ? 'first_use' : 'end_rotation'}`
  if (after?.revoked && !before?.revoked) return `${kind}.revoke`
  if (after?.deleted && !before?.deleted) return `${kind}.delete`
  if (fields.some((field) => OF_SECRETS.includes(field))) return `${kind}.rotate`
  if (fields.includes('locked')) return `${kind}.${after?.locked ? 'lock' : 'unlock'}`
  if (fields.includes('sessions_since') && !fields.includes('email')) return 'session.end_all'
  if (fields.includes('expiration')) return `${kind}.renew`
  return `${kind}.${fields.join() === 'name' ? 'rename' : 'update'}`
}

/** The fields that differ, as they were and as they are. */
function differences(before: Fields, after: Fields): Changed {
  const fields = Object.keys(after).filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
  const of = (row: Fields) => Object.fromEntries(fields.map((field) => [field, row[field] ?? null]))
  return { before: of(before), after: of(after) }
}

/** The fields of one side; absent if there are none. */
function fieldsOf(side: 'before' | 'after', fields: Fields | null): Partial<Pick<Event, 'before' | 'after'>> {
  return fields && Object.keys(fields).length > 0 ? { [side]: fields } : {}
}

/** A row without what is unset. */
const set = (row: Fields | null): Fields | null =>
  row && Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null && !isEmpty(value)))

/** The details of what is recorded without a row. Their place is told by the target and the chain. */
const withoutPlace = ({ uuid: _, organization: __, ...details }: Fields): Fields => details

const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
