import { type Expiry, isExpiry } from './expiry-filter.ts'

export const PAGE_SIZES = [10, 25, 50, 100]
const DEFAULT_SIZE = 25

export type ListQuery = {
  search: string
  page: number
  per_page: number
  direction: 'asc' | 'desc'
  revoked: boolean
}

export const sorts = ['name', 'creation', 'expiration'] as const
export type Sort = (typeof sorts)[number]

/** Of keys, which can be listed by more than their names. */
export type KeyQuery = ListQuery & { expires: Expiry; sort: Sort }

/** What the list shows, as its URL says; whatever does not fit counts as not said. */
export function readListQuery({ searchParams }: URL): ListQuery {
  const page = Number(searchParams.get('page'))
  const size = Number(searchParams.get('per_page'))
  return {
    search: searchParams.get('search') ?? '',
    page: Number.isSafeInteger(page) && page > 0 && page < 2 ** 32 ? page : 1,
    per_page: PAGE_SIZES.includes(size) ? size : DEFAULT_SIZE,
    direction: searchParams.get('direction') === 'desc' ? 'desc' : 'asc',
    revoked: searchParams.get('revoked') === 'true',
  }
}

export function readKeyQuery(url: URL): KeyQuery {
  const query = readListQuery(url)
  const asked = url.searchParams.get('expires') ?? ''
  const expires = isExpiry(asked) && !query.revoked ? asked : ''
  const by = url.searchParams.get('sort')
  const sort = sorts.find((one) => one === by && !(query.revoked && one === 'expiration')) ?? usualSort(expires)
  return { ...query, expires, sort }
}

/** Who asks what expires wants to know what is next. */
const usualSort = (expires: Expiry): Sort => (expires ? 'expiration' : 'name')

/** The parameters of such a list, without those that go without saying. */
export function listParameters(query: ListQuery & Partial<KeyQuery>): [string, string][] {
  const { search, page, per_page, direction, revoked, expires = '', sort = 'name' } = query
  const all: [string, string | false][] = [
    ['revoked', revoked && 'true'],
    ['expires', expires],
    ['search', search],
    ['sort', sort !== usualSort(expires) && sort],
    ['direction', direction === 'desc' && direction],
    ['per_page', per_page !== DEFAULT_SIZE && String(per_page)],
    ['page', page > 1 && String(page)],
  ]
  return all.flatMap(([name, value]) => (value ? [[name, value] satisfies [string, string]] : []))
}

/** A link to the list with some of it changed; any change but of the page leads to the first one. */
export const listHref = <Query extends ListQuery>(query: Query, change: Partial<Query>): string =>
  `?${new URLSearchParams(listParameters({ ...query, page: 1, ...change }))}`
