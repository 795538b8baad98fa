import { redirect } from '@sveltejs/kit'
import { type KeyQuery, type ListQuery, listHref } from '#lib/list-query.ts'

/** Redirects a page past the end of a list to the last one. */
export function toLastPage(query: ListQuery & Partial<KeyQuery>, total: number): void {
  const last = Math.max(1, Math.ceil(total / query.per_page))
  if (query.page > last) redirect(303, listHref(query, { page: last }))
}
