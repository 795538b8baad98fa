import type { Database } from '../database/client.ts'
import { addTo } from '../database/parameters.ts'
import type { Reference } from '../fields/fields.ts'
import { mayManage } from '../permissions/managing.ts'
import type { Policies } from '../policy/policy.ts'
import { outsideIn } from '../policy/policy.ts'
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
export async function listOfOrganization(
  { pool }: Database,
  asking: Asking,
): Promise<{ rows: PlacedRow[]; more: boolean }> {
  const { per_page } = asking
  const { rows } = await pool.query<PlacedRow>(pageOf(asking))
  return { rows: rows.slice(0, per_page), more: rows.length > per_page }
}

/** The limits are numbers that PostgreSQL knows, so that it reads along the indexes. */
function pageOf({ organization, user, attention, page, per_page, now }: Asking) {
  const values: unknown[] = []
  const parameter = addTo(values)
  const before = Math.max(page - 1, 0) * per_page
  const at = parameter(now.toISOString())
  const some = attention ? `AND ${needed(attention, { now }, parameter)}` : ''
  const text = `SELECT page.*, (SELECT maker.name FROM users maker WHERE maker.uuid = page.creator) AS creator_name
    FROM (
      SELECT k.*, p.slug AS project_slug, p.name AS project_name, p.key_policy AS project_policy,
        (SELECT key_policy FROM organizations WHERE uuid = p.organization) AS organization_policy
      FROM projects p CROSS JOIN LATERAL (
        SELECT ${keyFrom('project_keys')}, ${LAST_USE} AS last_used FROM project_keys
        WHERE project = p.uuid AND revoked IS NULL AND expiration > ${at}::timestamptz ${some}
        ORDER BY name, creation, uuid LIMIT ${before + per_page + 1}
      ) k
      WHERE p.organization = ${parameter(organization)}::uuid AND p.deleted IS NULL
        AND ${mayManage({ user: parameter(user.uuid), admin: parameter(user.admin) })}
      ORDER BY p.name, p.uuid, k.name, k.creation, k.uuid LIMIT ${per_page + 1} OFFSET ${before}
    ) page ORDER BY page.project_name, page.project, page.name, page.creation, page.uuid`
  return { text, values }
}

/** Each project has its own policy. */
const needed = (attention: Attention, { now }: { now: Date }, parameter: ReturnType<typeof addTo>) =>
  attention === 'outside_policy'
    ? outsideIn('project_keys', ['p.key_policy', '(SELECT key_policy FROM organizations WHERE uuid = p.organization)'])
    : needing(attention, { now }, parameter)

/** The organization, if the user leads it or may manage one of its projects; or null. */
export async function findOverseen({ pool }: Database, { uuid, slug }: Reference, user: User) {
  const { rows } = await pool.query<{ uuid: string; slug: string; name: string; leads: boolean }>(
    `SELECT o.uuid, o.slug, o.name, ($4::boolean OR EXISTS (
         SELECT FROM organization_members l WHERE l."user" = $3::uuid AND l.organization = o.uuid)) AS leads
     FROM organizations o WHERE (o.uuid = $1::uuid OR o.slug = $2) AND ($4::boolean
       OR EXISTS (SELECT FROM organization_members l WHERE l."user" = $3::uuid AND l.organization = o.uuid)
       OR EXISTS (SELECT FROM project_members m JOIN projects p ON p.uuid = m.project
         WHERE m."user" = $3::uuid AND m.role = 'maintainer' AND p.organization = o.uuid AND p.deleted IS NULL))`,
    [uuid, slug, user.uuid, user.admin],
  )
  return rows[0] ?? null
}
