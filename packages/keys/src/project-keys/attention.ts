import { z } from 'zod'
import { MAX_TTL } from '../fields/fields.ts'

/** Why an active key may need attention. */
export const ATTENTION = ['expiring', 'never_used', 'idle', 'never_expires', 'maker_gone', 'outside_policy'] as const
export const Attention = z.enum(ATTENTION, `must be one of ${ATTENTION.join(', ')}`)
export type Attention = z.output<typeof Attention>

/** A key is about to expire so many days before its end, and idle so many days after its last use. */
export const EXPIRING_DAYS = 30
export const IDLE_DAYS = 90

/** A value for each key: for a join, PostgreSQL would read the last uses of all projects. */
export const LAST_USE = `greatest(
  (SELECT used.last_used FROM project_key_uses used WHERE used.key = project_keys.uuid),
  (SELECT old.last_used FROM project_key_rotations old
   WHERE project_keys.rotated IS NOT NULL AND old.key = project_keys.uuid))`

/** In SQL, of the key `k`. A key that was never used is idle from its creation on. */
export const isExpiring = (k: string, now: string) => `${k}.expiration < ${now} + interval '${EXPIRING_DAYS} days'`
export const isIdle = (k: string, lastUse: string, now: string) =>
  `coalesce(${lastUse}, ${k}.creation) < ${now} - interval '${IDLE_DAYS} days'`
export const isEndless = (k: string) =>
  `${k}.expiration - coalesce(${k}.expiration_set, ${k}.creation) >= interval '${MAX_TTL} s'`

/** In SQL: whether the user `u` still has a role in the project `p`. */
export const HAS_A_ROLE = `(NOT u.locked AND (u.admin
  OR EXISTS (SELECT FROM organization_members l WHERE l."user" = u.uuid AND l.organization = p.organization)
  OR EXISTS (SELECT FROM project_members m WHERE m."user" = u.uuid AND m.project = p.uuid)))`
const MAKER_IS_GONE = `NOT EXISTS (SELECT FROM users u, projects p
  WHERE u.uuid = project_keys.creator AND p.uuid = project_keys.project AND ${HAS_A_ROLE})`

/** SQL for the time now, and for whether the key breaks a rule of its policy. */
type Judging = { at: () => string; outside: () => string }

/** The condition on a row of `project_keys`, in SQL. */
export function needing(attention: Attention, { at, outside }: Judging): string {
  switch (attention) {
    case 'expiring':
      return isExpiring('project_keys', at())
    case 'never_used':
      return `${LAST_USE} IS NULL`
    case 'idle':
      return isIdle('project_keys', LAST_USE, at())
    case 'never_expires':
      return isEndless('project_keys')
    case 'maker_gone':
      return MAKER_IS_GONE
    case 'outside_policy':
      return outside()
  }
}
