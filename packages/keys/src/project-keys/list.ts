import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { holds, offset, type Put, pageText, putInto, readPage } from '../database/page.ts'
import { readStatement } from '../database/statement.ts'
import { MOST_PER_PAGE } from '../fields/fields.ts'
import { expiring, type KeyRequest } from '../key/filters.ts'
import { Key } from './project-keys.ts'

export type Filters = KeyRequest & { project: string }

/** From this many keys in the project on, the index over all projects' trigrams is quicker than a look at each key. */
const MANY = 20_000
/** PostgreSQL's trigrams are of three letters: a shorter text can't use their index. */
const TRIGRAM = 3

const Card = Key.extend({
  last_four: z.string(),
  creator_name: z.string().nullable(),
  last_used: z.date().nullable(),
})
/** Row by row: planned for a page of any size, a join might read all users. */
const OF_CARD = `(SELECT maker.name FROM users maker WHERE maker.uuid = page.creator) AS creator_name,
  (SELECT used.last_used FROM project_key_uses used WHERE used.key = page.uuid) AS last_used`
/** Never the hash, nor the text for the search. */
const COLUMNS = 'uuid, project, creator, name, last_four, creation, expiration, revoked'
const Kept = z.object({ kept_active: z.int(), kept_revoked: z.int() })

type State = 'active' | 'revoked'
const IN_STATE = { active: 'project = $3 AND revoked IS NULL', revoked: 'project = $3 AND revoked IS NOT NULL' }
const BY_NAME = ['name', 'creation', 'uuid']
const FIRST = `kept AS MATERIALIZED (
    SELECT coalesce(sum(active), 0)::int AS kept_active, coalesce(sum(revoked), 0)::int AS kept_revoked
    FROM project_key_totals WHERE project = $3
  ),`
type Form = { first: string; also: string | undefined }

/** A page of a project's keys, as they are on the wire. */
export const listKeys = keyList(Key)
/** The same with what the console shows of each. */
export const listCards = keyList(Card, OF_CARD)

/**
 * Reads pages. `total` is how many match; `active` and `revoked` how many there are, whatever the filters. Costs the same
 * however many keys there are, without a filter and near the beginning.
 */
function keyList<Row extends z.ZodType>(row: Row, also?: string) {
  const form = { first: FIRST, also }
  const beginnings = beginningsOf(form)
  return async (db: Database, filters: Filters) => {
    const { project, direction } = filters
    const state = filters.revoked ? 'revoked' : 'active'
    const values = [filters.per_page, offset(filters), project]
    const rows = isHot(filters)
      ? await beginnings[state][direction](db, values)
      : (await db.pool.query(some(form, state, values, filters))).rows
    const { items, total } = readPage(rows, row)
    const { kept_active, kept_revoked } = Kept.parse(rows[0])
    return { items, total, active: kept_active, revoked: kept_revoked }
  }
}

const by = ({ sort = 'name' }: Filters) => sort
const isHot = (filters: Filters) => offset(filters) === 0 && by(filters) === 'name' && !isFiltered(filters)
const isFiltered = ({ name, search, expires_from, expires_before }: Filters) =>
  name !== undefined || [search, expires_from, expires_before].some(Boolean)

/**
 * The first page of all in one state. The kept total says how many there are, nothing is counted; and a limit that
 * PostgreSQL knows lets it plan once for pages of any size, which it else does anew for each, for twice what the page costs.
 */
function beginningsOf(form: Form) {
  const beginning = (state: State, direction: 'asc' | 'desc') => {
    const order = BY_NAME.map((column) => `${column} ${direction}`).join(', ')
    return readStatement(
      pageText({
        ...form,
        order: BY_NAME,
        matching: `SELECT ${COLUMNS} FROM project_keys WHERE ${IN_STATE[state]} ORDER BY ${order} LIMIT ${MOST_PER_PAGE}`,
        total: `SELECT *, kept_${state} AS total FROM kept`,
        counted: false,
        direction,
      }),
      z.unknown(),
    )
  }
  return {
    active: { asc: beginning('active', 'asc'), desc: beginning('active', 'desc') },
    revoked: { asc: beginning('revoked', 'asc'), desc: beginning('revoked', 'desc') },
  }
}

/** Any other page, planned anew each time: how many that are decides which index is best. */
function some(form: Form, state: State, start: unknown[], filters: Filters) {
  const { direction, name, search } = filters
  const values = [...start]
  const put = putInto(values)
  const named = name === undefined ? [] : [`name = ${put(name)}`]
  const where = [IN_STATE[state], ...named, ...expiring(filters, put)].join(' AND ')
  const matching = search ? searched(where, search, put) : `SELECT ${COLUMNS} FROM project_keys WHERE ${where}`
  const counted = isFiltered(filters)
  const count = counted ? '(SELECT count(*)::int FROM matching)' : `kept_${state}`
  const total = `SELECT *, ${count} AS total FROM kept`
  const order = [...new Set([by(filters), ...BY_NAME])]
  return { text: pageText({ ...form, order, matching, total, counted, direction }), values }
}

/**
 * Below MANY keys a look at each of the project's, else the trigrams of all projects. The kept totals decide in the
 * statement itself: PostgreSQL runs only the branch whose condition on them holds.
 */
function searched(where: string, search: string, put: Put): string {
  const found = holds('search', search, put)
  // As an expression that no index knows, it keeps the search on the project's own keys.
  const look = `SELECT ${COLUMNS} FROM project_keys WHERE ${where} AND (${found}) IS TRUE`
  if ([...search].length < TRIGRAM) return look
  const few = `(SELECT kept_active + kept_revoked FROM kept) < ${MANY}`
  return `${look} AND ${few} UNION ALL SELECT ${COLUMNS} FROM project_keys WHERE ${where} AND ${found} AND NOT ${few}`
}
