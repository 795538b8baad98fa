import { readKeyQuery } from '#lib/list-query.ts'
import { toLastPage } from './last-page.ts'
import { maskedKey } from './settings.ts'

export type LoadedReadOnlyKeys = Awaited<ReturnType<typeof loadReadOnlyKeys>>

type Event = { locals: App.Locals; params: { project: string }; url: URL }

/** A page of what members who do not manage the keys may see of them; a page past the end redirects to the last one. */
export async function loadReadOnlyKeys({ locals: { api }, params: { project }, url }: Event) {
  const { search, page, per_page, direction, state } = readKeyQuery(url)
  const query = { search, page, per_page, direction, state }
  const { keys, ...totals } = await api.projectKeys.readOnlyPage.query({ ...query, project })
  toLastPage(query, totals.total)
  const masked = keys.map((key) => ({ ...key, masked: maskedKey('run', key.last_four) }))
  return { query, ...totals, keys: masked, now: Date.now() }
}
