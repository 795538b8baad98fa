import type { Database } from '../database/client.ts'
import { type AddParameter, addTo } from '../database/parameters.ts'
import { expiring, inState } from '../key/filters.ts'
import type { CardRow } from './columns.ts'
import { makersBy, matchesSearch, placeholdersOf } from './list-search.ts'
import { type Filters, narrowing } from './list-statements.ts'

/** So many keys are read for one page, whether they match or not, so that no page takes long however few match. */
const READ = 5000

/** The place of a key in the order of names: where a page ended. */
export type Cursor = Pick<CardRow, 'name' | 'creation' | 'uuid'>

export type Matching = Omit<Filters, 'page' | 'per_page' | 'direction' | 'sort'> & {
  /** Only keys that were there in this second. */
  there_at?: string | undefined
  /** Searches as the console does; else as REST. */
  isConsole: boolean
}

/** `matches`: whether the filters let it through. The last one that was read is there in any case. */
type Row<Found extends Cursor> = Found & { matches: boolean; is_end: boolean; read: number }

/**
 * The next keys of a project that match, in the order of their names, and the place to go on from; null after the last
 * ones. All pages together read each key of the project once, along the index. `select` and `joins` say what of the keys,
 * which are `judged`.
 */
export async function readMatches<Found extends Cursor>(
  db: Database,
  filters: Matching,
  { after, select, joins = '' }: { after: Cursor | null; select: string; joins?: string },
) {
  const values: unknown[] = []
  const text = `WITH ${judgedKeys(filters, after, addTo(values))}
    SELECT ${select}, matches, is_end, read FROM judged ${joins}
    WHERE matches OR is_end ORDER BY judged.name, judged.creation, judged.uuid`
  const { rows } = await db.pool.query<Row<Found>>({ text, values })
  const end = rows.find(({ is_end }) => is_end)
  const next: Cursor | null =
    end && end.read === READ ? { name: end.name, creation: end.creation, uuid: end.uuid } : null
  return { keys: rows.filter(({ matches }) => matches), next }
}

function judgedKeys(filters: Matching, after: Cursor | null, parameter: AddParameter): string {
  const { project, state, search, isConsole } = filters
  const searched = search ? placeholdersOf(search, isConsole, parameter) : null
  const makers = searched && isConsole ? makersBy(searched.pattern) : ''
  const inProject = `project = ${parameter(project)}::uuid AND ${state === 'revoked' ? 'revoked IS NOT NULL' : 'revoked IS NULL'}`
  const from = after
    ? `AND (name, creation, uuid) > (${parameter(after.name)}, ${parameter(after.creation)}::timestamptz, ${parameter(after.uuid)}::uuid)`
    : ''
  const conditions = [...conditionsOf(filters, parameter), ...(searched ? [matchesSearch(searched, isConsole)] : [])]
  return `${makers} next AS MATERIALIZED (
      SELECT * FROM project_keys WHERE ${inProject} ${from} ORDER BY name, creation, uuid LIMIT ${READ}
    ), judged AS (
      SELECT *, (${conditions.join(' AND ')}) IS TRUE AS matches, count(*) OVER ()::int AS read,
        row_number() OVER (ORDER BY name, creation, uuid) = count(*) OVER () AS is_end
      FROM next AS project_keys
    )`
}

const conditionsOf = ({ state, now, there_at, ...filters }: Matching, parameter: AddParameter): string[] => [
  inState(state, () => `${parameter(now.toISOString())}::timestamptz`),
  ...narrowing({ ...filters, state, now, page: 1, per_page: 1, direction: 'asc' }, parameter),
  ...expiring(filters, parameter),
  ...(there_at === undefined ? [] : [`creation <= ${parameter(there_at)}::timestamptz`]),
]
