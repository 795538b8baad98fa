import type { Database } from '../database/client.ts'
import { addTo } from '../database/parameters.ts'
import { contains, patternOf } from '../database/search.ts'
import { expiring, inState, type KeyRequest } from '../key/filters.ts'
import { type CardRow, keyFrom } from './columns.ts'

/** So many keys are read for one page, whether they match or not, so that no page takes long however few match. */
const READ = 5000

/** The place of a key in the order of names: where a page ended. */
export type Cursor = Pick<CardRow, 'name' | 'creation' | 'uuid'>

export type ExportFilters = Omit<KeyRequest, 'page' | 'per_page' | 'direction' | 'sort'> & {
  project: string
  external_id?: string | undefined
}

/** `matches`: whether the filters let it through. The last one that was read is there in any case. */
type Row = CardRow & { matches: boolean; is_end: boolean; read: number }

/**
 * The next keys of a project that match, in the order of their names, and the place to go on from; null after the last
 * ones. All pages together read each key of the project once, along the index.
 */
export async function readExport(db: Database, filters: ExportFilters, after: Cursor | null) {
  const { rows } = await db.pool.query<Row>(exportPage(filters, after))
  const end = rows.find(({ is_end }) => is_end)
  const next: Cursor | null =
    end && end.read === READ ? { name: end.name, creation: end.creation, uuid: end.uuid } : null
  return { keys: rows.filter(({ matches }) => matches), next }
}

function exportPage({ project, state, now, name, search, external_id, ...span }: ExportFilters, after: Cursor | null) {
  const values: unknown[] = []
  const parameter = addTo(values)
  const inProject = `project = ${parameter(project)}::uuid AND ${state === 'revoked' ? 'revoked IS NOT NULL' : 'revoked IS NULL'}`
  const from = after
    ? `AND (name, creation, uuid) > (${parameter(after.name)}, ${parameter(after.creation)}::timestamptz, ${parameter(after.uuid)}::uuid)`
    : ''
  const conditions = [
    inState(state, () => `${parameter(now.toISOString())}::timestamptz`),
    ...(name === undefined ? [] : [`name = ${parameter(name)}`]),
    ...(external_id === undefined ? [] : [`external_id = ${parameter(external_id)}`]),
    ...(search ? [contains('search', parameter(patternOf(search)))] : []),
    ...expiring(span, parameter),
  ]
  const text = `WITH next AS MATERIALIZED (
      SELECT * FROM project_keys WHERE ${inProject} ${from} ORDER BY name, creation, uuid LIMIT ${READ}
    ), judged AS (
      SELECT *, (${conditions.join(' AND ')}) IS TRUE AS matches, count(*) OVER ()::int AS read,
        row_number() OVER (ORDER BY name, creation, uuid) = count(*) OVER () AS is_end
      FROM next
    )
    SELECT ${keyFrom('judged')}, matches, is_end, read, maker.name AS creator_name, used.last_used
    FROM judged
    LEFT JOIN users maker ON maker.uuid = judged.creator
    LEFT JOIN project_key_uses used ON used.key = judged.uuid
    WHERE matches OR is_end ORDER BY judged.name, judged.creation, judged.uuid`
  return { text, values }
}
