import type { Invitation, MadeKeys, Member, MemberPage } from '#lib/api-types.ts'
import type { ListQuery } from '#lib/list-query.ts'
import { isProjectRole } from '#lib/roles.ts'
import type { Api } from './api.ts'

const MOST_INVITATIONS = 255 // on a page

/** The members of, and the invitations to, one project or organization: the pages of both are the same. */
export type Members = {
  page: (query: ListQuery) => Promise<MemberPage>
  view: (user: string) => Promise<Member>
  setRole: (user: string, role: string) => Promise<unknown>
  remove: (user: string) => Promise<unknown>
  /** The keys that a member made here. */
  made: (user: string) => Promise<MadeKeys>
  invitations: () => Promise<Invitation[]>
  invite: (email: string, role: string) => Promise<unknown>
  withdraw: (invitation: string) => Promise<unknown>
}

export const membersOfProject = (api: Api, project: string): Members => ({
  page: (query) => api.projectMembers.page.query({ ...query, project }),
  view: (user) => api.projectMembers.view.query({ project, user }),
  setRole: (user, role) => api.projectMembers.update.mutate({ project, user, role: projectRole(role) }),
  remove: (user) => api.projectMembers.remove.mutate({ project, user }),
  made: (user) => api.madeKeys.ofMember.query({ project, user }),
  invitations: () => api.projectInvitations.list.query({ project, per_page: MOST_INVITATIONS }),
  invite: (email, role) => api.projectInvitations.create.mutate({ project, email, role: projectRole(role) }),
  withdraw: (invitation) => api.projectInvitations.withdraw.mutate({ project, invitation }),
})

/** All members of an organization are its leaders. */
export const leadersOf = (api: Api, organization: string): Members => ({
  page: (query) => api.organizationMembers.page.query({ ...query, organization }),
  view: (user) => api.organizationMembers.view.query({ organization, user }),
  setRole: (user) => api.organizationMembers.update.mutate({ organization, user, role: 'leader' }),
  remove: (user) => api.organizationMembers.remove.mutate({ organization, user }),
  made: (user) => api.madeKeys.ofLeader.query({ organization, user }),
  invitations: () => api.organizationInvitations.list.query({ organization, per_page: MOST_INVITATIONS }),
  invite: (email) => api.organizationInvitations.create.mutate({ organization, email, role: 'leader' }),
  withdraw: (invitation) => api.organizationInvitations.withdraw.mutate({ organization, invitation }),
})

/** Reads a role that we do not know as the one with the fewest rights. */
const projectRole = (role: string) => (isProjectRole(role) ? role : 'viewer')
