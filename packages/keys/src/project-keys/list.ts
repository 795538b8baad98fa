import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { query, statement } from '../database/statement.ts'
import { offset } from '../fields.ts'

export type Filters = {
  project: string
  page: number
  per_page: number
  direction: 'asc' | 'desc'
  /** Only those with exactly this name. */
  name?: string | undefined
  /** Only the revoked ones; else only the others. */
  revoked?: boolean | undefined
  /** A part of the name, in any letter case, or of the UUID's text. */
  search?: string | undefined
}

/** From this many keys in the project on, the index over all projects' trigrams is quicker than a look at each key. */
const MANY = 20_000
/** PostgreSQL's trigrams are of three letters: a shorter text can't use their index. */
const TRIGRAM = 3

const Row = z.object({
  active: z.int(),
  revoked_total: z.int(),
  total: z.int(),
  uuid: z.string().nullable(),
  project: z.string().nullable(),
  creator: z.string().nullable(),
  creator_name: z.string().nullable(),
  name: z.string().nullable(),
  last_four: z.string().nullable(),
  creation: z.date().nullable(),
  expiration: z.date().nullable(),
  revoked: z.date().nullable(),
})
type ListedKey = {
  uuid: string
  project: string
  creator: string | null
  creator_name: string | null
  name: string
  last_four: string
  creation: Date
  expiration: Date
  revoked: Date | null
}

/** `total` is how many match; `active` and `revoked` how many there are, whatever the filters. */
export type KeyPage = { keys: ListedKey[]; total: number; active: number; revoked: number }

/** A page and its totals in one round trip: they never disagree, and a page past the end still has its total. */
export async function listKeys(db: Database, filters: Filters): Promise<KeyPage> {
  const { project, page, per_page, direction, name, search } = filters
  const state = filters.revoked ? 'revoked' : 'active'
  const values = [project, per_page, offset(page, per_page)]
  const rows =
    name === undefined && !search ? await all[state][direction](db, values) : await some(db, state, values, filters)
  const keys = rows.map(({ active, revoked_total, total, ...key }) => key).filter(isKey)
  return { keys, total: rows[0]?.total ?? 0, active: rows[0]?.active ?? 0, revoked: rows[0]?.revoked_total ?? 0 }
}

const isKey = (key: { uuid: string | null }): key is ListedKey => key.uuid !== null

type State = 'active' | 'revoked'
const IN_STATE = { active: 'project = $1 AND revoked IS NULL', revoked: 'project = $1 AND revoked IS NOT NULL' }

/** Everything in one state: the kept total says how many there are, nothing is counted. */
const everything = (state: State) => ({
  matching: `NOT MATERIALIZED (SELECT * FROM project_keys WHERE ${IN_STATE[state]})`,
  total: state === 'active' ? 'active' : 'revoked_total',
})
const all = {
  active: {
    asc: statement(text(everything('active'), 'asc'), Row),
    desc: statement(text(everything('active'), 'desc'), Row),
  },
  revoked: {
    asc: statement(text(everything('revoked'), 'asc'), Row),
    desc: statement(text(everything('revoked'), 'desc'), Row),
  },
}

/** What matches `name` and `search`, planned anew each time: how many that are decides which index is the better. */
function some(db: Database, state: State, values: unknown[], { direction, name, search }: Filters) {
  const all = [...values]
  const put = (value: unknown) => `$${all.push(value)}::text`
  const where = name === undefined ? IN_STATE[state] : `${IN_STATE[state]} AND name = ${put(name)}`
  const found = search ? searched(where, search, put) : `SELECT * FROM project_keys WHERE ${where}`
  const total = '(SELECT count(*)::int FROM matching)'
  return query(db, Row, text({ matching: `MATERIALIZED (${found})`, total }, direction), all)
}

/**
 * Below MANY keys a look at each of the project's, else the trigrams of all projects. The kept totals decide in the
 * statement itself: PostgreSQL runs only the branch whose first condition holds. Names have no control characters.
 */
function searched(where: string, search: string, put: (value: unknown) => string): string {
  if (/\p{Cc}/u.test(search)) return `SELECT * FROM project_keys WHERE ${where} AND false`
  const found = `search LIKE ('%' || lower(${put(patternOf(search))} COLLATE "und-x-icu") || '%') COLLATE "C"`
  // An expression that no index knows keeps the search on the project's own keys.
  const look = `SELECT * FROM project_keys WHERE ${where} AND (${found}) IS TRUE`
  if ([...search].length < TRIGRAM) return look
  const few = `(SELECT active + revoked_total FROM kept) < ${MANY}`
  return `${look} AND ${few} UNION ALL SELECT * FROM project_keys WHERE ${where} AND ${found} AND NOT ${few}`
}

/** `%`, `_` and a backslash are ordinary, but a backslash before one of the two is followed by anything, as in Bencher. */
const patternOf = (search: string) =>
  search.replace(/\\([%_])|[\\%_]/g, (letters, wildcard) => (wildcard ? `\\\\${wildcard}` : `\\${letters}`))

function text({ matching, total }: { matching: string; total: string }, direction: Filters['direction']): string {
  const order = (from: string) =>
    ['name', 'creation', 'uuid'].map((column) => `${from}.${column} ${direction}`).join(', ')
  return `WITH kept AS MATERIALIZED (
      SELECT coalesce(sum(active), 0)::int AS active, coalesce(sum(revoked), 0)::int AS revoked_total
      FROM project_key_totals WHERE project = $1
    ),
    matching AS ${matching},
    total AS MATERIALIZED (SELECT *, ${total} AS total FROM kept),
    page AS (
      SELECT * FROM matching WHERE (SELECT total FROM total) > $3::bigint ORDER BY ${order('matching')} LIMIT $2 OFFSET $3::bigint
    )
    SELECT total.*, page.uuid, page.project, page.creator, maker.name AS creator_name, page.name, page.last_four,
      page.creation, page.expiration, page.revoked
    FROM total LEFT JOIN page ON true LEFT JOIN users maker ON maker.uuid = page.creator
    ORDER BY ${order('page')}`
}
