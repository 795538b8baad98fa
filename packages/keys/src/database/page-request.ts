/** The request for a page of any list. Pages count from 1 (0 is 1); `name` filters exactly, `search` by a part. */
export type PageRequest = {
  page: number
  per_page: number
  direction: 'asc' | 'desc'
  name?: string | undefined
  search?: string | undefined
}

/** How many items come before the page: exact up to 2^40, where 32 bits would overflow. */
export const offset = ({ page, per_page }: PageRequest): number => (Math.max(page, 1) - 1) * per_page
