import { words } from './words/en.ts'

export type Role = keyof typeof words.roles
export const projectRoles = ['viewer', 'developer', 'maintainer'] as const satisfies Role[]

export const isRole = (text: string): text is Role => text in words.roles
export const isProjectRole = (text: string): text is (typeof projectRoles)[number] =>
  projectRoles.some((role) => role === text)

/** A role in people's words. */
export const roleName = (role: string): string => (isRole(role) ? words.roles[role] : role)
