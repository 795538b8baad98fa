import type { Database } from '../database/client.ts'
import { columnsOf } from '../database/columns.ts'
import { type PageRow, pageText, readPage } from '../database/page.ts'
import { offset } from '../database/page-request.ts'
import { type AddParameter, addTo } from '../database/parameters.ts'
import { contains, containsPrepared, patternOf } from '../database/search.ts'
import { readStatement } from '../database/statement.ts'
import { MOST_PER_PAGE } from '../fields/fields.ts'
import { expiring, type KeyRequest } from '../key/filters.ts'
import { columns, type KeyRow } from './columns.ts'

type Filters = KeyRequest & { project: string }
/** `keys`: how many the project had last, if that is known. */
type Searched = { search: string; keys: number | undefined }

/** Below this many keys in the project, a search that is planned once and reads each key is the fastest. */
const FEW = 2000
/** From this many on, the trigram index is faster than reading each key. */
const MANY = 20_000
/** Behind a page that is filtered by expiry alone, so many matches are counted, because nothing keeps that total. */
const COUNTED = 1000
/** PostgreSQL's trigrams have three letters: a shorter text can't use their index. */
const TRIGRAM = 3

type CardRow = KeyRow & { creator_name: string | null; last_used: string | null }
/** Subqueries, not joins, because a generic plan could scan all users. */
const CARD_LOOKUPS = `(SELECT maker.name FROM users maker WHERE maker.uuid = page.creator) AS creator_name,
  (SELECT used.last_used FROM project_key_uses used WHERE used.key = page.uuid) AS last_used`
const SELECT = `SELECT ${columnsOf(columns, 'project_keys')} FROM project_keys`

type State = 'active' | 'revoked'
type Direction = 'asc' | 'desc'
type Kept = { kept_active: number; kept_revoked: number }
/** `more`: whether there are more matches than `total`. */
type ListRow<Row extends KeyRow> = PageRow<Row> & Kept & { more?: boolean }
const IN_STATE = { active: 'project = $3 AND revoked IS NULL', revoked: 'project = $3 AND revoked IS NOT NULL' }
const BY_NAME = ['name', 'creation', 'uuid']
const KEPT_TOTALS = `kept AS MATERIALIZED (
    SELECT coalesce(sum(active), 0)::int AS kept_active, coalesce(sum(revoked), 0)::int AS kept_revoked
    FROM project_key_totals WHERE project = $3
  ),`
const COUNT = '(SELECT count(*)::int FROM matching)'
const KEYS = '(SELECT kept_active + kept_revoked FROM kept)'

/** A page of a project's keys for REST. */
export const listKeys = keyList<KeyRow>()
/** The same, with the makers' names and the last uses, for the console. */
export const listCards = keyList<CardRow>(CARD_LOOKUPS)

/**
 * Reads pages. `total` is how many keys match, or the least if there are `more`; `active` and `revoked` how many the
 * project has, whatever the filters. The first pages cost the same however many keys there are, but those of a search.
 */
function keyList<Row extends KeyRow>(lookups?: string) {
  const firstPages = inEachOrder((state, direction) =>
    readStatement<ListRow<Row>>(firstPage(lookups, state, direction)),
  )
  const searches = inEachOrder((state, direction) => readStatement<ListRow<Row>>(searchFew(lookups, state, direction)))

  const read = async (db: Database, filters: Filters): Promise<ListRow<Row>[]> => {
    const [state, { direction, search = '' }] = [stateOf(filters), filters]
    if (isFirstPage(filters)) return firstPages[state][direction](db, commonValues(filters))
    if (isSearchAlone(filters) && !db.largeProjects.has(filters.project)) {
      const rows = await searches[state][direction](db, [...commonValues(filters), patternOf(search)])
      if (keysIn(rows) < FEW) return rows
      remember(db, filters, rows)
    }
    return (await db.pool.query<ListRow<Row>>(anyPage(lookups, filters, db.largeProjects.get(filters.project)))).rows
  }

  return async (db: Database, filters: Filters) => {
    const rows = await read(db, filters)
    remember(db, filters, rows)
    const { kept_active: active = 0, kept_revoked: revoked = 0, more = false } = rows[0] ?? {}
    return { ...readPage<Row>(rows), more, active, revoked }
  }
}

const stateOf = ({ revoked }: Filters): State => (revoked ? 'revoked' : 'active')
const sortOf = ({ sort = 'name' }: Filters) => sort
const commonValues = (filters: Filters): unknown[] => [filters.per_page, offset(filters), filters.project]
const keysIn = ([row]: Kept[]) => (row ? row.kept_active + row.kept_revoked : 0)

function remember({ largeProjects }: Database, { project }: Filters, rows: Kept[]) {
  if (keysIn(rows) < FEW) largeProjects.delete(project)
  else largeProjects.set(project, keysIn(rows))
}

const isByName = (filters: Filters) => sortOf(filters) === 'name' && filters.name === undefined && !isExpiring(filters)
const isExpiring = ({ expires_from, expires_before }: Filters) => [expires_from, expires_before].some(Boolean)
const isFirstPage = (filters: Filters) => offset(filters) === 0 && isByName(filters) && !filters.search
const isSearchAlone = (filters: Filters) => isByName(filters) && Boolean(filters.search)

function inEachOrder<Statement>(make: (state: State, direction: Direction) => Statement) {
  const inState = (state: State) => ({ asc: make(state, 'asc'), desc: make(state, 'desc') })
  return { active: inState('active'), revoked: inState('revoked') }
}

/**
 * The first page of all keys in one state. The kept total replaces a count. The inner limit is a number that PostgreSQL
 * knows, so that its one plan for pages of any size is a good one.
 */
function firstPage(lookups: string | undefined, state: State, direction: Direction): string {
  const order = BY_NAME.map((column) => `${column} ${direction}`).join(', ')
  return pageText({
    first: KEPT_TOTALS,
    lookups,
    order: BY_NAME,
    matching: `${SELECT} WHERE ${IN_STATE[state]} ORDER BY ${order} LIMIT ${MOST_PER_PAGE}`,
    total: `SELECT *, kept_${state} AS total FROM kept`,
    counted: false,
    direction,
  })
}

/**
 * A search that reads each key of the project, or none if the project has more than a few by now. The inner limit is there
 * for the plan: without a number, PostgreSQL might read the keys of all projects.
 */
function searchFew(lookups: string | undefined, state: State, direction: Direction): string {
  const few = `SELECT * FROM project_keys WHERE ${IN_STATE[state]} ORDER BY ${BY_NAME.join(', ')} LIMIT ${FEW}`
  return pageText({
    first: KEPT_TOTALS,
    lookups,
    order: BY_NAME,
    matching: `SELECT ${columnsOf(columns, 'few')} FROM (${few}) few WHERE ${KEYS} < ${FEW} AND ${containsPrepared('few.search', '$4::text')}`,
    total: `SELECT *, ${COUNT} AS total FROM kept`,
    direction,
  })
}

/** Any other page, planned for each request, because the number of matches decides which index is best. */
function anyPage(lookups: string | undefined, filters: Filters, keys: number | undefined) {
  const { direction, name, search } = filters
  const state = stateOf(filters)
  const values = commonValues(filters)
  const parameter = addTo(values)
  const named = name === undefined ? [] : [`name = ${parameter(name)}`]
  const where = [IN_STATE[state], ...named, ...expiring(filters, parameter)].join(' AND ')
  const matching = search ? searched(where, { search, keys }, parameter) : `${SELECT} WHERE ${where}`
  const counted = Boolean(search) || name !== undefined
  const kept = isExpiring(filters) ? null : `kept_${state}`
  const total = counted || kept ? `SELECT *, ${counted ? COUNT : kept} AS total FROM kept` : countSome(where, filters)
  const order = [...new Set([sortOf(filters), ...BY_NAME])]
  return { text: pageText({ first: KEPT_TOTALS, lookups, order, matching, total, counted, direction }), values }
}

/** Counts a limited number of matches. Their order keeps PostgreSQL on the index, off the keys of other projects. */
function countSome(where: string, filters: Filters): string {
  const most = offset(filters) + COUNTED
  return `SELECT kept.*, least(counted, ${most})::int AS total, counted > ${most} AS more FROM kept, (
      SELECT count(*) AS counted
      FROM (SELECT FROM project_keys WHERE ${where} ORDER BY expiration LIMIT ${most + 1}) AS first_matches
    ) AS counting`
}

/**
 * Below MANY keys, reads each key of the project; else uses the trigram index. Where the number of keys is not known, the
 * kept totals decide inside the statement: PostgreSQL runs only the branch whose condition on them holds.
 */
function searched(where: string, { search, keys }: Searched, parameter: AddParameter): string {
  const found = contains('search', parameter(patternOf(search)))
  // No index matches this expression, so the search stays on the project's own keys.
  const each = `${SELECT} WHERE ${where} AND (${found}) IS TRUE`
  const byTrigrams = `${SELECT} WHERE ${where} AND ${found}`
  if ([...search].length < TRIGRAM) return each
  if (keys !== undefined) return keys < MANY ? each : byTrigrams
  const few = `${KEYS} < ${MANY}`
  return `${each} AND ${few} UNION ALL ${byTrigrams} AND NOT ${few}`
}
