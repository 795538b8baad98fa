import type { Database } from '../database/client.ts'
import { type PageRow, readPage } from '../database/page.ts'
import { offset } from '../database/page-request.ts'
import { readStatement } from '../database/statement.ts'
import type { State, TabState } from '../key/filters.ts'
import type { CardRow, KeyRow } from './columns.ts'
import { areManyExpired, type Counts, keysIn, readCounts } from './list-counts.ts'
import { FEW, valuesOf } from './list-search.ts'
import {
  anyPage,
  commonValues,
  type Direction,
  type Filters,
  firstPage,
  isNarrowed,
  isWhole,
  type Kind,
  searchFew,
  sortOf,
} from './list-statements.ts'

type CardFilters = Filters & { state: TabState }
/** Subqueries, not joins, because a generic plan could scan all users. */
const CARD_LOOKUPS = `(SELECT maker.name FROM users maker WHERE maker.uuid = page.creator) AS creator_name,
  greatest(
    (SELECT used.last_used FROM project_key_uses used WHERE used.key = page.uuid),
    (SELECT old.last_used FROM project_key_rotations old WHERE page.rotated IS NOT NULL AND old.key = page.uuid)
  ) AS last_used`

/** `more`: whether there are more matches than `total`. */
type ListRow<Row extends KeyRow> = PageRow<Row> & Counts & { more?: boolean }

const readKeys = pageReader<KeyRow>({})
const readCards = pageReader<CardRow>({ lookups: CARD_LOOKUPS })

/** A page of a project's keys for REST. */
export const listKeys = async (db: Database, filters: Filters) => readPage<KeyRow>(await readKeys(db, filters))

/**
 * The same for the console, with the makers' names, the last uses, and how many keys each tab lists. `total` is how many
 * keys match, or the least if there are `more`.
 */
export async function listCards(db: Database, filters: CardFilters) {
  const rows = await readCards(db, filters)
  const { total, items } = readPage<CardRow>(rows)
  const { tabs: counts, behind } = readCounts(rows, offset(filters))
  const matches = isWhole(filters) ? behind[filters.state] : { total, more: rows[0]?.more ?? false }
  return { items, ...matches, counts }
}

/** Reads pages. The first ones cost the same however many keys there are, but those of a search. */
function pageReader<Row extends KeyRow>(kind: Kind) {
  const isConsole = Boolean(kind.lookups)
  const firstPages = inEachOrder((state, direction) => readStatement<ListRow<Row>>(firstPage(kind, state, direction)))
  const searches = inEachOrder((state, direction) => readStatement<ListRow<Row>>(searchFew(kind, state, direction)))

  const read = async (db: Database, filters: Filters): Promise<ListRow<Row>[]> => {
    const { state, direction, search = '' } = filters
    if (isFirstPage(filters) && !db.oldProjects.has(filters.project)) {
      const rows = await firstPages[state][direction](db, commonValues(kind, filters))
      if (!areManyExpired(rows)) return rows
      remember(db, filters, rows)
    }
    if (isSearchAlone(filters) && !db.largeProjects.has(filters.project)) {
      const rows = await searches[state][direction](db, [
        ...commonValues(kind, filters),
        ...valuesOf(search, isConsole),
      ])
      if (keysIn(rows) < FEW) return rows
      remember(db, filters, rows)
    }
    return (await db.pool.query<ListRow<Row>>(anyPage(kind, filters, db.largeProjects.get(filters.project)))).rows
  }

  return async (db: Database, filters: Filters) => {
    const rows = await read(db, filters)
    remember(db, filters, rows)
    return rows
  }
}

function remember({ largeProjects, oldProjects }: Database, { project }: Filters, rows: Counts[]) {
  if (areManyExpired(rows)) oldProjects.add(project)
  else if (rows[0]?.expired_keys !== undefined) oldProjects.delete(project)
  if (keysIn(rows) < FEW) largeProjects.delete(project)
  else largeProjects.set(project, keysIn(rows))
}

const isByName = (filters: Filters) => sortOf(filters) === 'name' && !isNarrowed(filters)
const isFirstPage = (filters: Filters) => offset(filters) === 0 && isByName(filters) && !filters.search
const isSearchAlone = (filters: Filters) => isByName(filters) && Boolean(filters.search)

function inEachOrder<Statement>(make: (state: State, direction: Direction) => Statement) {
  const inState = (state: State) => ({ asc: make(state, 'asc'), desc: make(state, 'desc') })
  return {
    unrevoked: inState('unrevoked'),
    active: inState('active'),
    expired: inState('expired'),
    revoked: inState('revoked'),
  }
}
