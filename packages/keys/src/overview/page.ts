import type { Database } from '../database/client.ts'
import { readStatement } from '../database/statement.ts'
import type { Reference } from '../fields/fields.ts'
import { mayManage } from '../permissions/managing.ts'
import type { Policies } from '../policy/policy.ts'
import { breaking, rulesOf } from '../policy/policy.ts'
import { type Attention, LAST_USE, needing } from '../project-keys/attention.ts'
import { type CardRow, keyFrom } from '../project-keys/columns.ts'

type User = { uuid: string; admin: boolean }
type Asking = {
  /** The UUID of the organization. */
  organization: string
  user: User
  attention?: Attention | undefined
  page: number
  per_page: number
  now: Date
}
export type PlacedRow = CardRow & {
  project_slug: string
  project_name: string
  organization_policy: Policies['organization']
  project_policy: Policies['project']
}

/**
 * A page of the active keys of an organization, in those of its projects that the user may manage: by project, and by
 * name in each. It reads project after project along the indexes, and stops when the page is full. `more`: there is a next
 * page.
 */
export async function listOfOrganization(db: Database, asking: Asking): Promise<{ rows: PlacedRow[]; more: boolean }> {
  const { organization, user, per_page, now } = asking
  const values = [now.toISOString(), organization, user.uuid, user.admin]
  const planned = plannedFor(asking)
  const rows = planned ? await planned(db, values) : (await db.pool.query<PlacedRow>(pageText(asking), values)).rows
  return { rows: rows.slice(0, per_page), more: rows.length > per_page }
}

type Form = Pick<Asking, 'attention' | 'page' | 'per_page'>

/** The sizes of the console's pages: their first pages are planned once. */
const SIZES = [10, 25, 50, 100]
const planned = new Map<string, ReturnType<typeof readStatement<PlacedRow>>>()

function plannedFor({ attention, page, per_page }: Form) {
  if (page > 1 || !SIZES.includes(per_page)) return null
  const text = pageText({ attention, page, per_page })
  const statement = planned.get(text) ?? readStatement<PlacedRow>(text)
  planned.set(text, statement)
  return statement
}

const OF_ORGANIZATION = '(SELECT key_policy FROM organizations WHERE uuid = $2::uuid)'

/** The limits are numbers that PostgreSQL knows, so that it reads along the indexes. */
function pageText({ attention, page, per_page }: Form): string {
  const before = Math.max(page - 1, 0) * per_page
  const judging = { at: () => '$1::timestamptz', outside: () => breaking('project_keys', 'rules') }
  const some = attention ? `AND ${needing(attention, judging)}` : ''
  return `SELECT page.*, (SELECT maker.name FROM users maker WHERE maker.uuid = page.creator) AS creator_name
    FROM (
      SELECT k.*, p.slug AS project_slug, p.name AS project_name, p.key_policy AS project_policy,
        ${OF_ORGANIZATION} AS organization_policy
      FROM projects p CROSS JOIN LATERAL (SELECT ${rulesOf('p.key_policy', OF_ORGANIZATION)}) rules
      CROSS JOIN LATERAL (
        SELECT ${keyFrom('project_keys')}, ${LAST_USE} AS last_used FROM project_keys
        WHERE project = p.uuid AND revoked IS NULL AND expiration > $1::timestamptz ${some}
        ORDER BY name, creation, uuid LIMIT ${before + per_page + 1}
      ) k
      WHERE p.organization = $2::uuid AND p.deleted IS NULL AND ${mayManage({ user: '$3', admin: '$4' })}
      ORDER BY p.name, p.uuid, k.name, k.creation, k.uuid LIMIT ${per_page + 1} OFFSET ${before}
    ) page ORDER BY page.project_name, page.project, page.name, page.creation, page.uuid`
}

/** The organization, if the user leads it or may manage one of its projects; or null. */
export async function findOverseen(db: Database, { uuid, slug }: Reference, user: User) {
  const [row] = await overseen(db, [uuid, slug, user.uuid, user.admin])
  return row ?? null
}

const LEADS = `EXISTS (SELECT FROM organization_members l WHERE l."user" = $3::uuid AND l.organization = o.uuid)`
const overseen = readStatement<{ uuid: string; slug: string; name: string; leads: boolean }>(
  `SELECT o.uuid, o.slug, o.name, $4::boolean OR ${LEADS} AS leads
   FROM organizations o WHERE (o.uuid = $1::uuid OR o.slug = $2) AND ($4::boolean OR ${LEADS}
     OR EXISTS (SELECT FROM project_members m JOIN projects p ON p.uuid = m.project
       WHERE m."user" = $3::uuid AND m.role = 'maintainer' AND p.organization = o.uuid AND p.deleted IS NULL))`,
)
