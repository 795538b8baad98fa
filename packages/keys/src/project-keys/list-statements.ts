import { columnsOf } from '../database/columns.ts'
import { pageText } from '../database/page.ts'
import { offset } from '../database/page-request.ts'
import { type AddParameter, addTo } from '../database/parameters.ts'
import { contains, containsPrepared, patternOf } from '../database/search.ts'
import { MOST_PER_PAGE } from '../fields/fields.ts'
import { expiring, type KeyRequest, type State } from '../key/filters.ts'
import { outside, type Policies } from '../policy/policy.ts'
import { columns } from './columns.ts'
import { ALL_IN, allCounts, FEW_COUNTS, FEW_EXPIRED, fewIn, inProject, KEPT_COUNTS, KEYS } from './list-counts.ts'

export type Filters = KeyRequest & {
  project: string
  external_id?: string | undefined
  /** Only keys that break a rule of these. */
  outside?: Policies | undefined
}
export type Direction = Filters['direction']
/** REST's list, or the console's with what it looks up for the rows of a page. */
export type Kind = { lookups?: string }

/** Below this many keys in the project, a search that is planned once and reads each key is the fastest. */
export const FEW = 2000
/** From this many on, the trigram index is faster than reading each key. */
const MANY = 20_000
/** Behind a page that is filtered by expiry alone, so many matches are counted, because nothing keeps that total. */
const COUNTED = 1000
/** Up to so many keys are read and sorted instead of passing over more of the other state. */
const RARE = 1000
/** PostgreSQL's trigrams have three letters: a shorter text can't use their index. */
const TRIGRAM = 3

const SELECT = `SELECT ${columnsOf(columns, 'project_keys')} FROM project_keys`
const BY_NAME = ['name', 'creation', 'uuid']
const COUNT = '(SELECT count(*)::int FROM matching)'

const isExpiring = ({ expires_from, expires_before }: Pick<Filters, 'expires_from' | 'expires_before'>) =>
  [expires_from, expires_before].some(Boolean)
/** Whether all matches are counted, because they are few or a search reads them anyway. */
const isCounted = ({ search, name, external_id }: Filters) =>
  Boolean(search) || name !== undefined || external_id !== undefined
/** Whether neither the kept totals nor the indexes of whole tabs are of use. */
export const isNarrowed = ({ name, external_id, outside, ...filters }: Filters) =>
  [name, external_id, outside].some((filter) => filter !== undefined) || isExpiring(filters)
export const isWhole = (filters: Filters) => !filters.search && !isNarrowed(filters)
export const sortOf = ({ sort = 'name' }: Filters) => sort

const fewCounts = ({ lookups }: Kind) => (lookups ? FEW_COUNTS : KEPT_COUNTS)
const orderOf = (order: string[], direction: Direction) => order.map((column) => `${column} ${direction}`).join(', ')

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

/**
 * A search that reads each key of the project, or none if the project has more than a few by now. The inner limit is there
 * for the plan: without a number, PostgreSQL might read the keys of all projects.
 */
export function searchFew(kind: Kind, state: State, direction: Direction): string {
  const few = `SELECT * FROM project_keys WHERE ${inProject(state)} ORDER BY ${BY_NAME.join(', ')} LIMIT ${FEW}`
  const pattern = kind.lookups ? '$5::text' : '$4::text'
  return pageText({
    first: fewCounts(kind),
    lookups: kind.lookups,
    order: BY_NAME,
    matching: `SELECT ${columnsOf(columns, 'few')} FROM (${few}) few WHERE ${KEYS} < ${FEW} AND ${containsPrepared('few.search', pattern)}`,
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
  const order = [...new Set([sortOf(filters), ...BY_NAME])]
  const counted = isCounted(filters)
  const limit = offset(filters) + filters.per_page
  const isByTime = sortOf(filters) === 'expiration'
  const each = isWhole(filters) && !isByTime ? inOrder(order, state, { direction, limit }) : `${SELECT} WHERE ${where}`
  const matching = search ? searched(where, { search, keys }, parameter) : each
  const known = `SELECT *, ${counted ? COUNT : ALL_IN[state]} AS total FROM counts`
  const total = isNarrowed(filters) && !counted ? countSome(where, filters) : known
  const first = kind.lookups ? allCounts(offset(filters)) : KEPT_COUNTS
  return { text: pageText({ first, lookups: kind.lookups, order, matching, total, counted, direction }), values }
}

function narrowing({ name, external_id, outside: policies }: Filters, parameter: AddParameter): string[] {
  return [
    ...(name === undefined ? [] : [`name = ${parameter(name)}`]),
    ...(external_id === undefined ? [] : [`external_id = ${parameter(external_id)}`]),
    ...(policies === undefined ? [] : [outside(policies, parameter)]),
  ]
}

/** Counts a limited number of matches. Their order keeps PostgreSQL on the index, off the keys of other projects. */
function countSome(where: string, filters: Filters): string {
  const most = offset(filters) + COUNTED
  return `SELECT counts.*, least(counted, ${most})::int AS total, counted > ${most} AS more FROM counts, (
      SELECT count(*) AS counted
      FROM (SELECT FROM project_keys WHERE ${where} ORDER BY expiration LIMIT ${most + 1}) AS first_matches
    ) AS counting`
}

/** `keys`: how many the project had last, if that is known. */
type Searched = { search: string; keys: number | undefined }

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
