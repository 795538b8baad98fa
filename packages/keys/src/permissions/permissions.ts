import type { ProjectRole, Visibility } from '../generated/enums.ts'

export const ACTIONS = [
  'view',
  'create',
  'edit',
  'delete',
  'manage',
  'view_role',
  'create_role',
  'edit_role',
  'delete_role',
] as const
export type Action = (typeof ACTIONS)[number]

/** What a user is at an organization: a server admin, one of its leaders, or nothing. */
export type OrganizationStanding = { admin: boolean; leads: boolean }
/** What a user is at a project: the same of its organization, a member of it with a role, or nothing. */
export type ProjectStanding = OrganizationStanding & { role: ProjectRole | null; visibility: Visibility }

const GRANTS: Record<ProjectRole, readonly Action[]> = {
  viewer: ['view'],
  developer: ['view', 'create', 'edit'],
  maintainer: ACTIONS,
}

/** May this user do this here? The one place that knows; docs/permissions.md shows it as a table. */
export function may(action: Action, at: OrganizationStanding | ProjectStanding): boolean {
  if (at.admin || at.leads) return true
  if (!('role' in at)) return false
  if (action === 'view' && at.visibility === 'public') return true
  return at.role !== null && GRANTS[at.role].includes(action)
}
