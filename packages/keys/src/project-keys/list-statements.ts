import { pageText } from '../database/page.ts'
import { offset } from '../database/page-request.ts'
import { type AddParameter, addTo } from '../database/parameters.ts'
import { MOST_PER_PAGE } from '../fields/fields.ts'
import { expiring, type KeyRequest, type Sort, type State } from '../key/filters.ts'
import { outside, type Policies } from '../policy/policy.ts'
import { type Attention, LAST_USE, needing } from './attention.ts'
import { keyFrom } from './columns.ts'
import { ALL_IN, allCounts, FEW_COUNTS, FEW_EXPIRED, fewIn, inProject, KEPT_COUNTS } from './list-counts.ts'
import { makersBy, makersInProject, placeholdersOf, searchAmong, searched } from './list-search.ts'

export type Filters = KeyRequest & {
  project: string
  external_id?: string | undefined
  /** Only keys that need attention for this reason. */
  attention?: Attention | null | undefined
  policies?: Policies
}
export type Direction = Filters['direction']
/** REST's list, or the console's with what it looks up for the rows of a page. */
export type Kind = { lookups?: string }

/** Behind a page that is filtered by expiry alone, so many matches are counted, because nothing keeps that total. */
const COUNTED = 1000
/** Up to so many keys are read and sorted instead of passing over more of the other state. */
const RARE = 1000

const SELECT = `SELECT ${keyFrom('project_keys')} FROM project_keys`
const BY_NAME = ['name', 'creation', 'uuid']
const COUNT = '(SELECT count(*)::int FROM matching)'

const isExpiring = ({ expires_from, expires_before }: Pick<Filters, 'expires_from' | 'expires_before'>) =>
  [expires_from, expires_before].some(Boolean)
/** Whether all matches are counted, because they are few or a search reads them anyway. */
const isCounted = ({ search, name, external_id }: Filters) =>
  Boolean(search) || name !== undefined || external_id !== undefined
/** Whether neither the kept totals nor the indexes of whole tabs are of use. */
export const isNarrowed = ({ name, external_id, attention, ...filters }: Filters) =>
  [name, external_id, attention ?? undefined].some((filter) => filter !== undefined) || isExpiring(filters)
export const isWhole = (filters: Filters) => !filters.search && !isNarrowed(filters)
export const sortOf = ({ sort = 'name' }: Filters) => sort

const fewCounts = ({ lookups }: Kind) => (lookups ? FEW_COUNTS : KEPT_COUNTS)
const orderOf = (order: string[], direction: Direction) => order.map((column) => `${column} ${direction}`).join(', ')

const commonCount = ({ lookups }: Kind) => (lookups ? 4 : 3)
/** The parameters that all statements of a kind begin with. */
export const commonValues = ({ lookups }: Kind, filters: Filters): unknown[] => [
  ...[filters.per_page, offset(filters), filters.project],
  ...(lookups ? [filters.now.toISOString()] : []),
]

/**
 * The first page of all keys in one state, of a project in which few keys are expired. A number that is known replaces a
 * count. The inner limit is a number that PostgreSQL knows, so that its one plan for pages of any size is a good one.
 */
export function firstPage(kind: Kind, state: State, direction: Direction): string {
  return pageText({
    first: fewCounts(kind),
    lookups: kind.lookups,
    order: BY_NAME,
    matching:
      state === 'expired'
        ? byExpiration(state, FEW_EXPIRED)
        : along(BY_NAME, state, { direction, limit: MOST_PER_PAGE }),
    total: `SELECT *, ${fewIn(state)} AS total FROM counts`,
    counted: false,
    direction,
  })
}

/** The first keys in one state, along the index of an order. Active and expired keys share that index. */
const along = (order: string[], state: State, { direction, limit }: { direction: Direction; limit: number }) =>
  `${SELECT} WHERE ${inProject(state)} ORDER BY ${orderOf(order, direction)} LIMIT ${limit}`

/** All keys in a state, by the index of their expiration, to be sorted: so many at most. */
const byExpiration = (state: State, most: number) =>
  `${SELECT} WHERE ${inProject(state)} ORDER BY expiration LIMIT ${most}`

/**
 * Any keys in one state. Along the index of the order, a page of active keys passes over the expired ones, and the other way
 * round. So if they are few among more of the other kind, all of them are read and sorted. The counts decide inside the
 * statement, because PostgreSQL knows only the times in all projects.
 */
function inOrder(order: string[], state: State, { direction, limit }: { direction: Direction; limit: number }): string {
  const inIndex = along(order, state, { direction, limit })
  if (state !== 'active' && state !== 'expired') return inIndex
  const other = state === 'active' ? 'expired' : 'active'
  const isRare = `(SELECT ${ALL_IN[state]} <= ${RARE} AND ${ALL_IN[state]} < ${ALL_IN[other]} FROM counts)`
  return `SELECT * FROM (${inIndex}) AS common WHERE NOT ${isRare}
    UNION ALL SELECT * FROM (${byExpiration(state, RARE)}) AS rare WHERE ${isRare}`
}

/** A search in a project with few keys. */
export function searchFew(kind: Kind, state: State, direction: Direction): string {
  const isConsole = Boolean(kind.lookups)
  const placeholder = (n: number) => `$${commonCount(kind) + n}::text`
  const [pattern, lastFour, address] = [placeholder(1), placeholder(2), placeholder(3)]
  const few = `SELECT * FROM project_keys WHERE ${inProject(state)} ORDER BY ${BY_NAME.join(', ')}`
  return pageText({
    first: fewCounts(kind) + (isConsole ? makersInProject(pattern) : ''),
    lookups: kind.lookups,
    order: BY_NAME,
    matching: searchAmong(few, { pattern, lastFour, address }, isConsole),
    total: `SELECT *, ${COUNT} AS total FROM counts`,
    direction,
  })
}

/** Any other page, planned for each request, because the number of matches decides which index is best. */
export function anyPage(kind: Kind, filters: Filters, keys: number | undefined) {
  const { direction, search, state } = filters
  const values = commonValues(kind, filters)
  const parameter = addTo(values)
  const where = [inProject(state), ...narrowing(filters, parameter), ...expiring(filters, parameter)].join(' AND ')
  const { select, order, hasIndex } = sortedBy(sortOf(filters))
  const counted = isCounted(filters)
  const limit = offset(filters) + filters.per_page
  const all = isWhole(filters) && hasIndex ? inOrder(order, state, { direction, limit }) : `${select} WHERE ${where}`
  const found = search ? searchOf(kind, { select, where, search, keys }, parameter) : null
  const known = `SELECT *, ${counted ? COUNT : ALL_IN[state]} AS total FROM counts`
  const total = isNarrowed(filters) && !counted ? countSome(where, filters) : known
  const first = (kind.lookups ? allCounts(offset(filters)) : KEPT_COUNTS) + (found?.first ?? '')
  const matching = found?.matching ?? all
  return { text: pageText({ first, lookups: kind.lookups, order, matching, total, counted, direction }), values }
}

/** The conditions of the filters beside the state, the search and the expiration, on a row of `project_keys`. */
export function narrowing({ name, external_id, attention, policies, now }: Filters, parameter: AddParameter): string[] {
  const judging = {
    at: () => `${parameter(now.toISOString())}::timestamptz`,
    outside: () => (policies ? outside(policies, parameter) : 'false'),
  }
  return [
    ...(name === undefined ? [] : [`project_keys.name = ${parameter(name)}`]),
    ...(external_id === undefined ? [] : [`external_id = ${parameter(external_id)}`]),
    ...(attention ? [needing(attention, judging)] : []),
  ]
}

type Searching = Omit<Parameters<typeof searched>[0], 'isConsole'>

function searchOf({ lookups }: Kind, searching: Searching, parameter: AddParameter) {
  const isConsole = Boolean(lookups)
  const placeholders = placeholdersOf(searching.search, isConsole, parameter)
  const matching = searched({ ...searching, isConsole }, placeholders)
  return { matching, first: isConsole ? makersBy(placeholders.pattern) : '' }
}

/** How keys are sorted. Without an index, each page reads all keys and sorts them: those of the makers and of the last uses. */
function sortedBy(sort: Sort) {
  switch (sort) {
    case 'creator':
      return byOther('maker.name', 'LEFT JOIN users maker ON maker.uuid = project_keys.creator')
    case 'last_used':
      return byOther(`coalesce(${LAST_USE}, '-infinity')`)
    default:
      return { select: SELECT, order: [...new Set([sort, ...BY_NAME])], hasIndex: sort !== 'expiration' }
  }
}

const byOther = (value: string, join = '') => ({
  select: `SELECT ${keyFrom('project_keys')}, ${value} AS sorted FROM project_keys ${join}`,
  order: ['sorted', ...BY_NAME],
  hasIndex: false,
})

/** Counts a limited number of matches. Their order keeps PostgreSQL on the index, off the keys of other projects. */
function countSome(where: string, filters: Filters): string {
  const most = offset(filters) + COUNTED
  return `SELECT counts.*, least(counted, ${most})::int AS total, counted > ${most} AS more FROM counts, (
      SELECT count(*) AS counted
      FROM (SELECT FROM project_keys WHERE ${where} ORDER BY expiration LIMIT ${most + 1}) AS first_matches
    ) AS counting`
}
