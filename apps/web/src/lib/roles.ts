import type { ProjectRole, Role } from './api-types.ts'
import { words } from './words/en.ts'

export const projectRoles = ['viewer', 'developer', 'maintainer'] as const satisfies ProjectRole[]

export const isRole = (text: string): text is Role => text in words.roles
export const isProjectRole = (text: string): text is ProjectRole => projectRoles.some((role) => role === text)

/** The name of a role on the pages. */
export const roleName = (role: string): string => (isRole(role) ? words.roles[role] : role)
