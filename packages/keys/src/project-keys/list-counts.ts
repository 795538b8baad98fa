import { inState, type State } from '../key/filters.ts'
import { type Count, exactly } from '../key/shapes.ts'

/** Up to so many expired keys are read or passed over without a plan of their own. */
export const FEW_EXPIRED = 2000
/** So many expired keys are counted, because time cannot be a kept total; so many active ones if more are expired. */
const COUNTED = 10_000

type Kept = { kept_unrevoked: number; kept_revoked: number }
export type Counts = Kept & { expired_keys?: number; active_keys?: number }

/** How many keys the project has, in SQL and in the rows. */
export const KEYS = '(SELECT kept_unrevoked + kept_revoked FROM counts)'
export const keysIn = ([row]: Counts[]): number => (row ? row.kept_unrevoked + row.kept_revoked : 0)
/** Whether the statements for few expired keys read none, because there are more. */
export const areManyExpired = ([row]: Counts[]): boolean => (row?.expired_keys ?? 0) > FEW_EXPIRED

/** The parameters `$3` and `$4` are the project and the time. */
export const inProject = (state: State) => `project = $3 AND ${inState(state, () => '$4::timestamptz')}`

/** The order keeps PostgreSQL on the index by expiration, whatever it believes about the times in all projects. */
const countTo = (most: number, state: 'active' | 'expired') => `(SELECT count(*)::int FROM (
      SELECT FROM project_keys WHERE ${inProject(state)} ORDER BY expiration LIMIT ${most + 1}
    ) AS first_keys)`

const kept = (more = '') => `SELECT coalesce(sum(active), 0)::int AS kept_unrevoked,
      coalesce(sum(revoked), 0)::int AS kept_revoked${more} FROM project_key_totals WHERE project = $3`
const withExpired = (most: number) => kept(`, ${countTo(most, 'expired')} AS expired_keys`)

/** The common table expression `counts` of REST, which knows the kept totals alone. */
export const KEPT_COUNTS = `counts AS MATERIALIZED (${kept()}),`

/** The same for the console, exact if few keys are expired. */
export const FEW_COUNTS = `counts AS MATERIALIZED (${withExpired(FEW_EXPIRED)}),`

/** The same for any number. So many keys before the page are counted, too, so that each match has a page. */
export function allCounts(before: number): string {
  const most = COUNTED + before
  const active = `CASE WHEN expired_keys <= ${most} THEN kept_unrevoked - expired_keys ELSE ${countTo(most, 'active')} END`
  return `counts AS MATERIALIZED (SELECT *, ${active} AS active_keys FROM (${withExpired(most)} OFFSET 0) AS known),`
}

/** The number of keys in a state; none, so that none is read, if more than a few are expired. */
export function fewIn(state: State): string {
  switch (state) {
    case 'unrevoked':
      return 'kept_unrevoked'
    case 'active':
      return ifFew('kept_unrevoked - expired_keys')
    case 'expired':
      return ifFew('expired_keys')
    case 'revoked':
      return 'kept_revoked'
  }
}

const ifFew = (count: string) => `CASE WHEN expired_keys > ${FEW_EXPIRED} THEN 0 ELSE ${count} END`

/** The number of keys in a state, of all counts. */
export const ALL_IN: Record<State, string> = {
  unrevoked: 'kept_unrevoked',
  active: 'active_keys',
  expired: 'expired_keys',
  revoked: 'kept_revoked',
}

/** What the tabs say, and what is behind the page of one of them, before which there are so many keys. */
export function readCounts([row]: Counts[], before: number) {
  const { kept_unrevoked = 0, kept_revoked = 0, expired_keys = 0 } = row ?? {}
  const active = row?.active_keys ?? kept_unrevoked - expired_keys
  const isExact = expired_keys <= COUNTED + before
  const countsTo = (most: number) => ({
    active: isExact ? exactly(active) : upTo(most, active),
    expired: upTo(most, expired_keys),
    revoked: exactly(kept_revoked),
  })
  return { tabs: countsTo(COUNTED), behind: countsTo(COUNTED + before) }
}

const upTo = (most: number, total: number): Count => (total > most ? { total: most, more: true } : exactly(total))
