import type { ProjectRole, Visibility } from '../generated/enums.ts'

/** The actions of Bencher, about which REST answers a caller. */
export const PERMISSIONS = [
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
/** `view_keys` lets members read the list of keys, without what only those who manage them need. */
export const ACTIONS = [...PERMISSIONS, 'view_keys'] as const
export type Action = (typeof ACTIONS)[number]

/** Changes of members. An API token may not make them, because its holder would stay a member after its revocation. */
const SESSION_ACTIONS: readonly Action[] = ['create_role', 'edit_role', 'delete_role']
export const needsSession = (action: Action): boolean => SESSION_ACTIONS.includes(action)

/** The kinds of places that have members. */
export type PlaceKind = 'organization' | 'project'

/** The standing of a user at an organization: server admin, leader, or no role. */
export type OrganizationStanding = { admin: boolean; leads: boolean }
/** The standing of a user at a project: that at its organization, and the role as a member. */
export type ProjectStanding = OrganizationStanding & { role: ProjectRole | null; visibility: Visibility }

const GRANTS: Record<ProjectRole, readonly Action[]> = {
  viewer: ['view', 'view_keys'],
  developer: ['view', 'view_keys', 'create', 'edit'],
  maintainer: ACTIONS,
}

/** The only place that decides who may do what. docs/permissions.md shows it as a table. */
export function may(action: Action, at: OrganizationStanding | ProjectStanding): boolean {
  if (at.admin || at.leads) return true
  if (!('role' in at)) return false
  if (action === 'view' && at.visibility === 'public') return true
  return at.role !== null && GRANTS[at.role].includes(action)
}
