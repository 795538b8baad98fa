import { readListQuery } from '#lib/list-query.ts'
import { toLastPage } from '#lib/server/last-page.ts'

export async function load({ locals: { api }, url }) {
  const query = readListQuery(url)
  const { users, total } = await api.users.page.query(query)
  toLastPage(query, total)
  return { query, users, total }
}
