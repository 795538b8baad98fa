import { redirect } from '@sveltejs/kit'
import { listHref, readListQuery } from '#lib/list-query.ts'
import { maskedKey } from '#lib/server/settings.ts'

export async function load({ locals, params, url }) {
  const query = readListQuery(url)
  const { keys, ...totals } = await locals.api.projectKeys.page.query({ ...query, project: params.project })
  const last = Math.max(1, Math.ceil(totals.total / query.per_page))
  if (query.page > last) redirect(303, listHref(query, { page: last }))
  return { query, ...totals, now: Date.now(), keys: keys.map((key) => ({ ...key, masked: maskedKey(key.last_four) })) }
}
