import { inState, type State } from '../key/filters.ts'
import { type Count, exactly } from '../key/shapes.ts'

/** So many expired keys are counted, because time cannot be a kept total; so many active ones if more are expired. */
const COUNTED = 10_000

export type Counts = { kept_unrevoked: number; kept_revoked: number; active_keys?: number; expired_keys?: number }

/** The number of keys in each state, as a column of `counts`. */
export const COUNT_OF: Record<State, string> = {
  unrevoked: 'kept_unrevoked',
  active: 'active_keys',
  expired: 'expired_keys',
  revoked: 'kept_revoked',
}
/** How many keys the project has. */
export const KEYS = '(SELECT kept_unrevoked + kept_revoked FROM counts)'
export const keysIn = ([row]: Counts[]): number => (row ? row.kept_unrevoked + row.kept_revoked : 0)

/** The parameters `$3` and `$4` are the project and the time. */
export const inProject = (state: State) => `project = $3 AND ${inState(state, () => '$4::timestamptz')}`

const keptAs = (name: string) => `${name} AS MATERIALIZED (
    SELECT coalesce(sum(active), 0)::int AS kept_unrevoked, coalesce(sum(revoked), 0)::int AS kept_revoked
    FROM project_key_totals WHERE project = $3
  ),`

/** The common table expression `counts` of REST, which knows the kept totals alone. */
export const KEPT_COUNTS = keptAs('counts')

/** The same for the console. So many keys before the page are counted, too, so that each match has a page. */
export const tabCounts = (before: number): string => `${keptAs('kept')}
  past AS MATERIALIZED (${countTo('expired', before)}),
  counts AS MATERIALIZED (
    SELECT *, CASE WHEN expired_keys <= ${COUNTED + before} THEN kept_unrevoked - expired_keys
      ELSE (${countTo('active', before)}) END AS active_keys
    FROM kept, past
  ),`

/** The order keeps PostgreSQL on the index by expiration, whatever it believes about the times in all projects. */
const countTo = (state: 'active' | 'expired', before: number) => `SELECT count(*)::int AS ${COUNT_OF[state]} FROM (
    SELECT FROM project_keys WHERE ${inProject(state)}
    ORDER BY expiration LIMIT ${COUNTED + before + 1}
  ) AS first_keys`

/** What the tabs say, and what is behind the page of one of them, before which there are so many keys. */
export function readCounts([row]: Counts[], before: number) {
  const { kept_unrevoked = 0, kept_revoked = 0, expired_keys = 0, active_keys = kept_unrevoked } = row ?? {}
  const isExact = expired_keys <= COUNTED + before
  const countsTo = (most: number) => ({
    active: isExact ? exactly(active_keys) : upTo(most, active_keys),
    expired: upTo(most, expired_keys),
    revoked: exactly(kept_revoked),
  })
  return { tabs: countsTo(COUNTED), behind: countsTo(COUNTED + before) }
}

const upTo = (most: number, total: number): Count => (total > most ? { total: most, more: true } : exactly(total))
