import { readAttention } from '#lib/attention.ts'
import { APART } from '#lib/server/api.ts'
import { maskedKey } from '#lib/server/settings.ts'
import { soon } from '#lib/server/soon.ts'

const PAGE_SIZE = 25

/** The projects of an organization with their counts or, under a filter, its keys. */
export async function load({ locals: { api }, params: { organization }, url }) {
  const attention = readAttention(url.searchParams.get('attention'))
  const page = Math.max(1, Math.trunc(Number(url.searchParams.get('page'))) || 1)
  const asked = { organization, page, per_page: PAGE_SIZE }
  const counting = soon(api.overview.counts.query(attention ? { ...asked, page: 1 } : asked, APART))
  const [overseen, listed] = await Promise.all([
    api.overview.organization.query({ organization }),
    attention ? api.overview.keys.query({ ...asked, attention }) : null,
  ])
  const keys = listed?.keys.map((key) => ({ ...key, masked: maskedKey('run', key.last_four) })) ?? null
  const counts = await counting
  return {
    organization: overseen,
    attention,
    page,
    keys,
    more: listed?.more ?? false,
    counts,
    now: Date.now(),
    size: PAGE_SIZE,
  }
}
