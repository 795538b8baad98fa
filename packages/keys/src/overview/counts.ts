import type { Database } from '../database/client.ts'
import { readStatement } from '../database/statement.ts'
import { mayManage } from '../permissions/managing.ts'
import { breaking, rulesOf } from '../policy/policy.ts'
import { ATTENTION, type Attention, HAS_A_ROLE, isEndless, isExpiring, isIdle } from '../project-keys/attention.ts'
import { keeping } from './kept.ts'

type Counts = Record<Attention, number> & { active: number; last_used: string | null }
/** How many active keys a project has, how many of them need attention, and the last use of any of them. */
export type ProjectCounts = Counts & Managed
type Managed = { uuid: string; slug: string; name: string }

/** The projects that are counted: all of an organization, or some. */
export type Which = { organization: string } | { projects: string[] }
type Counted = Map<string, Counts>
type Asking = { which: Which; user: { uuid: string; admin: boolean }; now: Date }

const kept = keeping<Counted>()

/** Counts the keys of those of the projects that the user may manage at the moment, by name. Counts may be a minute old. */
export async function countKeys(db: Database, { which, user, now }: Asking): Promise<ProjectCounts[]> {
  const projects = await managedBy(db, which, user)
  if (projects.length === 0) return []
  const uuids = projects.map(({ uuid }) => uuid)
  const counted = await kept(db.pool, uuids, () => count(db.pool, uuids, now))
  return projects.flatMap((project) => {
    const counts = counted.get(project.uuid)
    return counts ? [{ ...project, ...counts }] : []
  })
}

const managed = (which: string) =>
  readStatement<Managed>(`SELECT p.uuid, p.slug, p.name FROM projects p
    WHERE ${which} AND p.deleted IS NULL AND ${mayManage({ user: '$2', admin: '$3' })} ORDER BY p.name, p.uuid`)
const managedIn = managed('p.organization = $1::uuid')
const managedAmong = managed('p.uuid = ANY ($1::uuid[])')

const managedBy = (db: Database, which: Which, { uuid, admin }: Asking['user']) =>
  'organization' in which
    ? managedIn(db, [which.organization, uuid, admin])
    : managedAmong(db, [which.projects, uuid, admin])

/** A project that was deleted since has no counts. */
async function count(pool: Database['pool'], projects: string[], now: Date): Promise<Counted> {
  const { rows } = await pool.query<Counts & { uuid: string }>(COUNTS, [now.toISOString(), projects])
  return new Map(rows.map(({ uuid, ...counts }) => [uuid, counts]))
}

const NOW = '$1::timestamptz'
/** How many of the keys `k`. */
const SOME = {
  expiring: isExpiring('k', NOW),
  never_used: 'k.last_used IS NULL',
  idle: isIdle('k', 'k.last_used', NOW),
  never_expires: isEndless('k'),
  outside_policy: breaking('k', 'p'),
}

/** Counted by project and maker first, because only few makers have to be looked up then. */
const COUNTS = `WITH places AS MATERIALIZED (
    SELECT p.uuid, p.organization, ${rulesOf('p.key_policy', 'o.key_policy')}
    FROM projects p JOIN organizations o ON o.uuid = p.organization
    WHERE p.uuid = ANY ($2::uuid[]) AND p.deleted IS NULL
  ), by_maker AS (
    SELECT p.uuid, k.creator, count(*) AS active, max(k.last_used) AS last_used,
      ${Object.entries(SOME)
        .map(([attention, isSo]) => `count(*) FILTER (WHERE ${isSo}) AS ${attention}`)
        .join(', ')}
    FROM places p JOIN (
      SELECT k.*, greatest(used.last_used, old.last_used) AS last_used FROM project_keys k
      LEFT JOIN project_key_uses used ON used.key = k.uuid
      LEFT JOIN project_key_rotations old ON k.rotated IS NOT NULL AND old.key = k.uuid
      WHERE k.revoked IS NULL AND k.expiration > ${NOW}
    ) k ON k.project = p.uuid
    GROUP BY p.uuid, k.creator
  ), judged AS (
    SELECT b.*, CASE WHEN EXISTS (SELECT FROM users u WHERE u.uuid = b.creator AND ${HAS_A_ROLE}) THEN 0 ELSE active END AS maker_gone
    FROM by_maker b JOIN places p USING (uuid)
  )
  SELECT p.uuid, coalesce(sum(j.active), 0)::int AS active, max(j.last_used) AS last_used,
    ${ATTENTION.map((attention) => `coalesce(sum(j.${attention}), 0)::int AS ${attention}`).join(', ')}
  FROM places p LEFT JOIN judged j USING (uuid)
  GROUP BY p.uuid`
