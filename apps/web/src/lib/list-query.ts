import type { Inputs, KeyState } from './api-types.ts'
import { type Attention, readAttention } from './attention.ts'
import { type Expiry, isExpiry } from './expiry-filter.ts'
import { withoutKey } from './pasted-key.ts'

export const PAGE_SIZES = [10, 25, 50, 100]
const DEFAULT_SIZE = 25

type KeyFilters = Inputs['projectKeys']['page']
type Filled<Field extends keyof KeyFilters> = { [F in Field]-?: NonNullable<KeyFilters[F]> }

/** `from`: the place in another list that people came from to the page of this one. */
export type ListQuery = Filled<'search' | 'page' | 'per_page' | 'direction'> & { from?: string }
export type Sort = Filled<'sort'>['sort']

/** Lists of keys have a tab for each state, and can be sorted, and filtered by expiry and by why keys need attention. */
export type KeyQuery = ListQuery & { state: KeyState; expires: Expiry; attention: Attention | null; sort: Sort }

export const states = ['active', 'expired', 'revoked'] as const satisfies KeyState[]
const sorts = ['name', 'creation', 'expiration', 'creator', 'last_used'] as const satisfies Sort[]

/** A URL, as actions or pages have it. */
type Located = { searchParams: Pick<URLSearchParams, 'get'> }

/** Reads from its URL what a list shows; a value that is not valid counts as absent. */
export function readListQuery({ searchParams }: Located): ListQuery {
  const page = Number(searchParams.get('page'))
  const size = Number(searchParams.get('per_page'))
  return {
    search: withoutKey(searchParams.get('search') ?? ''),
    page: Number.isSafeInteger(page) && page > 0 && page < 2 ** 32 ? page : 1,
    per_page: PAGE_SIZES.includes(size) ? size : DEFAULT_SIZE,
    direction: searchParams.get('direction') === 'desc' ? 'desc' : 'asc',
  }
}

/** `sortable`: the sorts that the list has. */
export function readKeyQuery(url: Located, sortable: readonly Sort[] = sorts): KeyQuery {
  const { searchParams } = url
  const state = states.find((state) => state === searchParams.get('state')) ?? 'active'
  const asked = searchParams.get('expires') ?? ''
  const expires = isExpiry(asked) && state === 'active' ? asked : ''
  const attention = state === 'active' ? readAttention(searchParams.get('attention')) : null
  const named = searchParams.get('sort')
  const sort = sortable.find((sort) => sort === named && hasColumn(state, sort)) ?? usualSort(expires)
  return { ...readListQuery(url), state, expires, attention, sort }
}

/** Revoked keys show when they were revoked, and not when they would have expired. */
const hasColumn = (state: KeyState, sort: Sort) => !(state === 'revoked' && sort === 'expiration')

/** A list of what expires begins with the next key that does. */
const usualSort = (expires: Expiry): Sort => (expires ? 'expiration' : 'name')

/** The URL parameters of a list; defaults are left out. */
export function listParameters(query: ListQuery & Partial<KeyQuery>): [string, string][] {
  const { search, page, per_page, direction, state = 'active', expires = '', attention = null, sort = 'name' } = query
  const { from = '' } = query
  const parameters: [string, string | false][] = [
    ['state', state !== 'active' && state],
    ['expires', expires],
    ['attention', attention ?? ''],
    ['search', search],
    ['sort', sort !== usualSort(expires) && sort],
    ['direction', direction === 'desc' && direction],
    ['per_page', per_page !== DEFAULT_SIZE && String(per_page)],
    ['page', page > 1 && String(page)],
    ['from', from],
  ]
  return parameters.flatMap(([name, value]) => (value ? [[name, value] satisfies [string, string]] : []))
}

/** A link to a tab. The filters by expiry and by attention are for active keys alone. */
export const tabHref = (query: KeyQuery, state: KeyState): string =>
  listHref(query, {
    state,
    expires: state === query.state ? query.expires : '',
    attention: state === query.state ? query.attention : null,
    sort: hasColumn(state, query.sort) ? query.sort : 'name',
  })

/** A link to the list with these changes; it leads to the first page unless `page` is among them. */
export const listHref = <Query extends ListQuery>(query: Query, change: Partial<Query>): string =>
  `?${new URLSearchParams(listParameters({ ...query, page: 1, ...change }))}`

/** The place in a list that a query shows, as the parameters of a URL. */
export const placeOf = (query: ListQuery): string => new URLSearchParams(listParameters(query)).toString()

/** The place that people came from, from the URL of a page with a list of its own. */
export const readFrom = ({ searchParams }: Located): string =>
  placeOf(readListQuery({ searchParams: new URLSearchParams(searchParams.get('from') ?? '') }))

/** A path from which people return to that place in a list; with a question, what the page asks there. */
export function at(path: string, place: string, question = ''): string {
  const query = [place, question].filter(Boolean).join('&')
  return query ? `${path}?${query}` : path
}

/** The place in the list of keys that people came from to a page about one of them. */
export const placeIn = (url: Located): string => placeOf(readKeyQuery(url))

/** The row of a key or a user, as a part of its list. */
export const rowOf = (uuid: string): string => `row-${uuid}`
