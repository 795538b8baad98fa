import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { listPage } from '../database/list-page.ts'
import type { PageRequest } from '../database/page-request.ts'
import { inState, type TabState } from '../key/filters.ts'
import { listCards } from './list.ts'

type Filters = PageRequest & { project: string; state: TabState; now: Date }

const Row = z.object({ uuid: z.string(), name: z.string(), last_four: z.string(), last_used: z.string().nullable() })

/**
 * A page of a project's keys for members who do not manage them. Its search looks only at what the page shows, because one
 * that also looks at other columns would tell them, letter by letter.
 */
export async function listReadOnly(db: Database, filters: Filters) {
  const { search, ...whole } = filters
  if (!search) return listCards(db, whole)
  const [found, { counts }] = await Promise.all([
    searchReadOnly(db, filters),
    listCards(db, { ...whole, page: 1, per_page: 0 }),
  ])
  return { ...found, more: false, counts }
}

const searchReadOnly = (db: Database, { project, state, now, ...page }: Filters) =>
  listPage(
    db,
    {
      row: Row,
      select: (parameter) => `SELECT k.uuid, k.name, k.last_four, used.last_used
        FROM project_keys k LEFT JOIN project_key_uses used ON used.key = k.uuid
        WHERE k.project = ${parameter(project)}::uuid
          AND ${inState(state, () => `${parameter(now.toISOString())}::timestamptz`)}`,
      name: 'k.name',
      searched: ['k.name', 'k.last_four'],
    },
    page,
  )
