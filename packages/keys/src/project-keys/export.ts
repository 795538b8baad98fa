import type { Database } from '../database/client.ts'
import { readStatement } from '../database/statement.ts'
import { type CardRow, keyFrom } from './columns.ts'
import { type Cursor, type Matching, readMatches } from './matches.ts'

const LOOKUPS = 'maker.name AS creator_name, used.last_used'
const joinsOf = (keys: string) => `LEFT JOIN users maker ON maker.uuid = ${keys}.creator
  LEFT JOIN project_key_uses used ON used.key = ${keys}.uuid`

/** The next keys of an export, and the place to go on from. */
export const readExport = (db: Database, filters: Matching, after: Cursor | null) =>
  readMatches<CardRow>(db, filters, {
    after,
    select: `${keyFrom('judged')}, ${LOOKUPS}`,
    joins: joinsOf('judged'),
  })

const findSelected = readStatement<CardRow>(
  `SELECT ${keyFrom('k')}, ${LOOKUPS} FROM project_keys k ${joinsOf('k')}
   WHERE k.project = $1 AND k.uuid = ANY ($2::uuid[]) ORDER BY k.name, k.creation, k.uuid`,
)

/** Those of the keys that the project has, in the order of their names. */
export const readSelected = (db: Database, { project, uuids }: { project: string; uuids: string[] }) =>
  findSelected(db, [project, uuids])
