import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { columnsOf } from '../database/columns.ts'
import { pageText, readPage } from '../database/page.ts'
import { offset } from '../database/page-request.ts'
import { type AddParameter, addTo } from '../database/parameters.ts'
import { contains } from '../database/search.ts'
import { readStatement } from '../database/statement.ts'
import { MOST_PER_PAGE } from '../fields/fields.ts'
import { expiring, type KeyRequest } from '../key/filters.ts'
import { columns, type KeyRow } from './columns.ts'

type Filters = KeyRequest & { project: string }

/** From this many keys in the project on, the trigram index of all projects is faster than reading each key. */
const MANY = 20_000
/** PostgreSQL's trigrams have three letters: a shorter text can't use their index. */
const TRIGRAM = 3

const Row = z.custom<KeyRow>()
const CardRow = z.custom<KeyRow & { creator_name: string | null; last_used: Date | null }>()
/** Subqueries, not joins, because a generic plan could scan all users. */
const CARD_LOOKUPS = `(SELECT maker.name FROM users maker WHERE maker.uuid = page.creator) AS creator_name,
  (SELECT used.last_used FROM project_key_uses used WHERE used.key = page.uuid) AS last_used`
const SELECT = `SELECT ${columnsOf(columns, 'project_keys')} FROM project_keys`
const Kept = z.object({ kept_active: z.int(), kept_revoked: z.int() })

type State = 'active' | 'revoked'
const IN_STATE = { active: 'project = $3 AND revoked IS NULL', revoked: 'project = $3 AND revoked IS NOT NULL' }
const BY_NAME = ['name', 'creation', 'uuid']
const KEPT_TOTALS = `kept AS MATERIALIZED (
    SELECT coalesce(sum(active), 0)::int AS kept_active, coalesce(sum(revoked), 0)::int AS kept_revoked
    FROM project_key_totals WHERE project = $3
  ),`

/** A page of a project's keys for REST. */
export const listKeys = keyList(Row)
/** The same, with the makers' names and the last uses, for the console. */
export const listCards = keyList(CardRow, CARD_LOOKUPS)

/**
 * Reads pages. `total` is how many keys match; `active` and `revoked` how many the project has, whatever the filters. The
 * first pages without a filter cost the same however many keys there are.
 */
function keyList<Item extends z.ZodType>(row: Item, lookups?: string) {
  const firstPages = firstPagesOf(lookups)
  return async (db: Database, filters: Filters) => {
    const { project, direction } = filters
    const state = filters.revoked ? 'revoked' : 'active'
    const values = [filters.per_page, offset(filters), project]
    const rows = isFirstPage(filters)
      ? await firstPages[state][direction](db, values)
      : (await db.pool.query(anyPage(lookups, state, values, filters))).rows
    const { items, total } = readPage(rows, row)
    const { kept_active, kept_revoked } = Kept.parse(rows[0])
    return { items, total, active: kept_active, revoked: kept_revoked }
  }
}

const sortOf = ({ sort = 'name' }: Filters) => sort
const isFirstPage = (filters: Filters) => offset(filters) === 0 && sortOf(filters) === 'name' && !isFiltered(filters)
const isFiltered = ({ name, search, expires_from, expires_before }: Filters) =>
  name !== undefined || [search, expires_from, expires_before].some(Boolean)

/**
 * The first page of all keys in one state. The kept total replaces a count. The inner limit is a number that PostgreSQL
 * knows, so it plans once for pages of any size; otherwise it plans each request anew, which doubles the cost.
 */
function firstPagesOf(lookups: string | undefined) {
  const firstPage = (state: State, direction: 'asc' | 'desc') => {
    const order = BY_NAME.map((column) => `${column} ${direction}`).join(', ')
    return readStatement(
      pageText({
        first: KEPT_TOTALS,
        lookups,
        order: BY_NAME,
        matching: `${SELECT} WHERE ${IN_STATE[state]} ORDER BY ${order} LIMIT ${MOST_PER_PAGE}`,
        total: `SELECT *, kept_${state} AS total FROM kept`,
        counted: false,
        direction,
      }),
      z.unknown(),
    )
  }
  return {
    active: { asc: firstPage('active', 'asc'), desc: firstPage('active', 'desc') },
    revoked: { asc: firstPage('revoked', 'asc'), desc: firstPage('revoked', 'desc') },
  }
}

/** Any other page, planned for each request, because the number of matches decides which index is best. */
function anyPage(lookups: string | undefined, state: State, common: unknown[], filters: Filters) {
  const { direction, name, search } = filters
  const values = [...common]
  const parameter = addTo(values)
  const named = name === undefined ? [] : [`name = ${parameter(name)}`]
  const where = [IN_STATE[state], ...named, ...expiring(filters, parameter)].join(' AND ')
  const matching = search ? searched(where, search, parameter) : `${SELECT} WHERE ${where}`
  const counted = isFiltered(filters)
  const count = counted ? '(SELECT count(*)::int FROM matching)' : `kept_${state}`
  const total = `SELECT *, ${count} AS total FROM kept`
  const order = [...new Set([sortOf(filters), ...BY_NAME])]
  return { text: pageText({ first: KEPT_TOTALS, lookups, order, matching, total, counted, direction }), values }
}

/**
 * Below MANY keys, reads each key of the project; else uses the trigram index of all projects. The kept totals decide
 * inside the statement: PostgreSQL runs only the branch whose condition on them holds.
 */
function searched(where: string, search: string, parameter: AddParameter): string {
  const found = contains('search', search, parameter)
  // No index matches this expression, so the search stays on the project's own keys.
  const each = `${SELECT} WHERE ${where} AND (${found}) IS TRUE`
  if ([...search].length < TRIGRAM) return each
  const few = `(SELECT kept_active + kept_revoked FROM kept) < ${MANY}`
  return `${each} AND ${few} UNION ALL ${SELECT} WHERE ${where} AND ${found} AND NOT ${few}`
}
