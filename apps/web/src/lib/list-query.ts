export const PAGE_SIZES = [10, 25, 50, 100]
const DEFAULT_SIZE = 25

export type ListQuery = {
  search: string
  page: number
  per_page: number
  direction: 'asc' | 'desc'
  revoked: boolean
}

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

/** The parameters of such a list, without those that go without saying. */
export function listParameters({ search, page, per_page, direction, revoked }: ListQuery): [string, string][] {
  const all: [string, string | false][] = [
    ['revoked', revoked && 'true'],
    ['search', search],
    ['direction', direction === 'desc' && direction],
    ['per_page', per_page !== DEFAULT_SIZE && String(per_page)],
    ['page', page > 1 && String(page)],
  ]
  return all.flatMap(([name, value]) => (value ? [[name, value] satisfies [string, string]] : []))
}

/** A link to the list with some of it changed; any change but of the page leads to the first one. */
export const listHref = (query: ListQuery, change: Partial<ListQuery>): string =>
  `?${new URLSearchParams(listParameters({ ...query, page: 1, ...change }))}`
