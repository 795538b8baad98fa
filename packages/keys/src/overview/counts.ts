import type { Database } from '../database/client.ts'
import { mayManage } from '../permissions/managing.ts'
import { breaking, rulesOf } from '../policy/policy.ts'
import { ATTENTION, type Attention, HAS_A_ROLE, isEndless, isExpiring, isIdle } from '../project-keys/attention.ts'

/** How many active keys a project has, how many of them need attention, and the last use of any of them. */
export type ProjectCounts = Record<Attention, number> & {
  uuid: string
  slug: string
  name: string
  active: number
  last_used: string | null
}

/** The projects that are counted: all of an organization, or some. */
export type Which = { organization: string } | { projects: string[] }
type Asking = { which: Which; user: { uuid: string; admin: boolean }; now: Date }

/** In ms. Counts are at most this old, and kept for this many times as long as it took to count. */
const OLDEST = 60_000
const KEPT_TIMES = 100
const MOST_KEPT = 1000
type Kept = { counts: Promise<ProjectCounts[]>; until: number }
const keptOf = new WeakMap<Database['pool'], Map<string, Kept>>()

/**
 * Counts the keys of those of the projects that the user may manage, by name. Counts that took long are kept for a while, so
 * that a database spends at most a hundredth of its time on each of them.
 */
export function countKeys({ pool }: Pick<Database, 'pool'>, asking: Asking): Promise<ProjectCounts[]> {
  const kept = keptOf.get(pool) ?? new Map<string, Kept>()
  keptOf.set(pool, kept)
  const { which, user } = asking
  const name = JSON.stringify([which, user.admin ? 'admin' : user.uuid])
  const known = kept.get(name)
  const began = performance.now()
  if (known && began < known.until) return known.counts
  const counts = count(pool, asking)
  const entry = { counts, until: Number.POSITIVE_INFINITY }
  kept.set(name, entry)
  counts.then(
    () => {
      const took = performance.now() - began
      entry.until = performance.now() + Math.min(OLDEST, took * KEPT_TIMES)
    },
    () => kept.delete(name),
  )
  const [oldest] = kept.keys()
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
  return counts
}

async function count(pool: Database['pool'], { which, user, now }: Asking): Promise<ProjectCounts[]> {
  const [column, value] =
    'organization' in which
      ? ['p.organization = $2', which.organization]
      : ['p.uuid = ANY ($2::uuid[])', which.projects]
  const { rows } = await pool.query<ProjectCounts>(COUNTS(column), [now.toISOString(), value, user.uuid, user.admin])
  return rows
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
const COUNTS = (which: string) => `WITH places AS MATERIALIZED (
    SELECT p.uuid, p.slug, p.name, p.organization, ${rulesOf('p.key_policy', 'o.key_policy')}
    FROM projects p JOIN organizations o ON o.uuid = p.organization
    WHERE ${which} AND p.deleted IS NULL AND ${mayManage({ user: '$3', admin: '$4' })}
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
  SELECT p.uuid, p.slug, p.name, coalesce(sum(j.active), 0)::int AS active, max(j.last_used) AS last_used,
    ${ATTENTION.map((attention) => `coalesce(sum(j.${attention}), 0)::int AS ${attention}`).join(', ')}
  FROM places p LEFT JOIN judged j USING (uuid)
  GROUP BY p.uuid, p.slug, p.name ORDER BY p.name, p.uuid`
