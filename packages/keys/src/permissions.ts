import type { ProjectRole, Visibility } from './generated/enums.ts'

export type Action = 'view' | 'create' | 'edit' | 'manage'

/** What a user is at a project: a server admin, a leader of its organization, a member of it, or nothing. */
export type Standing = { admin: boolean; leads: boolean; role: ProjectRole | null; visibility: Visibility }

const GRANTS: Record<ProjectRole, Action[]> = {
  viewer: ['view'],
  developer: ['view', 'create', 'edit'],
  maintainer: ['view', 'create', 'edit', 'manage'],
}

/** May this user do this here? The one place that knows. */
export function may(action: Action, { admin, leads, role, visibility }: Standing): boolean {
  if (admin || leads) return true
  if (action === 'view' && visibility === 'public') return true
  return role !== null && GRANTS[role].includes(action)
}
