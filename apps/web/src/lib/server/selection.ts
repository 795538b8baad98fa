import type { Moment } from '#lib/days.ts'
import { spanOf } from '#lib/expiry-filter.ts'
import type { KeyQuery } from '#lib/list-query.ts'
import { type Act, acts, MOST_AT_ONCE, MOST_SELECTED, type Outcomes, type Question } from '#lib/selection.ts'
import type { Api } from './api.ts'

type Place = { api: Api; project: string }

/** The keys that a list shows on all its pages, of those that were there at the moment: page by page. */
export async function* matchingKeys({ api, project }: Place, query: KeyQuery, moment: Moment) {
  const there_at = new Date(moment.now).toISOString()
  const filters = { ...query, ...spanOf(query.expires, moment), project, there_at }
  for (let after: string | undefined | null; after !== null; ) {
    const page: { keys: string[]; next: string | null } = await api.projectKeys.matching.query({ ...filters, after })
    yield page.keys
    after = page.next
  }
}

/** At most so many of them as can be selected. */
export async function selectMatching(place: Place, query: KeyQuery, moment: Moment) {
  const found: string[] = []
  for await (const keys of matchingKeys(place, query, moment)) {
    found.push(...keys)
    if (found.length > MOST_SELECTED) break
  }
  return { uuids: found.slice(0, MOST_SELECTED), isCut: found.length > MOST_SELECTED }
}

/** The UUIDs in a form: of boxes that were ticked, or one text with all of them. */
export const uuidsIn = (form: FormData): string[] => [
  ...new Set(
    form
      .getAll('keys')
      .flatMap((value) => (typeof value === 'string' ? value.split(' ') : []))
      .filter(Boolean),
  ),
]

export const actIn = (form: FormData): Act => acts.find((act) => act === form.get('act')) ?? 'revoke'

/** The meaning of an act on these keys. `matching`: how many the list has, if they are its first ones. */
export async function askFirst({ api, project }: Place, act: Act, uuids: string[]): Promise<Question> {
  const some = uuids.slice(0, MOST_AT_ONCE)
  const impact = await api.projectKeys.impact.mutate({ project, keys: some })
  return { act, uuids: some, impact, matching: some.length < uuids.length ? uuids.length : null }
}

export async function revokeSelected({ api, project }: Place, keys: string[], reason: string): Promise<Outcomes> {
  const outcomes = await api.projectKeys.revokeMany.mutate({ project, keys, reason: reason || null })
  return { counts: countBy(outcomes.map(({ outcome }) => outcome)), reasons: {} }
}

export async function renewSelected({ api, project }: Place, keys: string[], expiration: string): Promise<Outcomes> {
  const outcomes = await api.projectKeys.renewMany.mutate({ project, keys, expiration })
  const reasons = outcomes.flatMap(({ reason }) => (reason === null ? [] : [reason]))
  return { counts: countBy(outcomes.map(({ outcome }) => outcome)), reasons: countBy(reasons) }
}

const countBy = (names: string[]): Record<string, number> =>
  Object.fromEntries([...new Set(names)].map((name) => [name, names.filter((other) => other === name).length]))
