import { z } from 'zod'
import { page, ResourceId, Time, toReference } from '../fields/fields.ts'
import { StoredEmail, UserName, UserSlug, UserUuid } from '../fields/stored.ts'
import { OrganizationRole, ProjectRole } from '../generated/enums.ts'
import { counted, found } from '../trpc/answers.ts'
import { refusal } from '../trpc/errors.ts'
import { organizationProcedure, projectProcedure, router } from '../trpc/procedures.ts'
import { membersOf, removeLeader, removeMember } from './members.ts'

const tags = ['members']
export const noMember = () => refusal('member_not_found', 'There is no such member here.')
const lastLeader = () =>
  refusal('last_leader', 'An organization must keep at least one leader who is not locked: invite another one first.')

export const LeaderRole = z.enum(OrganizationRole, 'must be leader').meta({ id: 'OrganizationRole' })
export const MemberRole = z.enum(ProjectRole, 'must be viewer, developer or maintainer').meta({ id: 'ProjectRole' })

const person = { uuid: UserUuid, name: UserName, slug: UserSlug, email: StoredEmail }
const times = { created: Time, modified: Time }
const Leader = z.object({ ...person, role: LeaderRole, ...times }).meta({ id: 'OrganizationMember' })
const Member = z.object({ ...person, role: MemberRole, ...times }).meta({ id: 'ProjectMember' })

const leaders = membersOf('organization', z.enum(OrganizationRole))
const members = membersOf('project', z.enum(ProjectRole))

export const organizationMembersRouter = router({
  list: organizationProcedure('view_role', page)
    .meta({
      openapi: atOrganization(
        'GET',
        '',
        'List the members of an organization',
        'Its leaders, sorted by name. `X-Total-Count` is the number of matches on all pages.',
      ),
    })
    .output(z.array(Leader))
    .query(async ({ ctx, input }) => counted(ctx, await leaders.list(ctx.db, ctx.organization.uuid, input))),

  view: organizationProcedure('view_role', { user: ResourceId })
    .meta({
      refusals: ['member_not_found'],
      openapi: atOrganization('GET', '/{user}', 'View a member of an organization', 'A leader of the organization.'),
    })
    .output(Leader)
    .query(async ({ ctx, input }) =>
      found(await leaders.find(ctx.db, ctx.organization.uuid, toReference(input.user)), noMember),
    ),

  update: organizationProcedure('edit_role', { user: ResourceId, role: LeaderRole.nullish() })
    .meta({
      refusals: ['member_not_found'],
      openapi: atOrganization(
        'PATCH',
        '/{user}',
        'Give a member of an organization another role',
        'Requires a session. An organization has leaders only, so this changes nothing yet.',
      ),
    })
    .output(Leader)
    .mutation(async ({ ctx, input }) => {
      const user = toReference(input.user)
      const { uuid } = ctx.organization
      if (!input.role) return found(await leaders.find(ctx.db, uuid, user), noMember)
      return found(await leaders.setRole(ctx.db, uuid, { user, role: input.role, now: ctx.now }), noMember)
    }),

  remove: organizationProcedure('delete_role', { user: ResourceId })
    .meta({
      refusals: ['member_not_found', 'last_leader'],
      status: 204,
      openapi: {
        ...atOrganization(
          'DELETE',
          '/{user}',
          'Remove a member of an organization',
          'Requires a session. An organization must keep at least one leader who is not locked.',
        ),
      },
    })
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      const { uuid: place } = ctx.organization
      const { uuid: user } = found(await leaders.find(ctx.db, place, toReference(input.user)), noMember)
      const outcome = await removeLeader(ctx.db, { place, user })
      if (outcome === 'is the last') throw lastLeader()
      found(outcome === 'removed', noMember)
    }),

  /** A page of the list in the console. */
  page: organizationProcedure('view_role', page)
    .output(z.object({ members: z.array(Leader), total: z.int() }))
    .query(async ({ ctx, input }) => {
      const { items, total } = await leaders.list(ctx.db, ctx.organization.uuid, input)
      return { members: items, total }
    }),
})

export const projectMembersRouter = router({
  list: projectProcedure('view_role', page)
    .meta({
      openapi: atProject(
        'GET',
        '',
        'List the members of a project',
        'Sorted by name. `X-Total-Count` is the number of matches on all pages.',
      ),
    })
    .output(z.array(Member))
    .query(async ({ ctx, input }) => counted(ctx, await members.list(ctx.db, ctx.project.uuid, input))),

  view: projectProcedure('view_role', { user: ResourceId })
    .meta({
      refusals: ['member_not_found'],
      openapi: atProject('GET', '/{user}', 'View a member of a project', 'The user, and the role in this project.'),
    })
    .output(Member)
    .query(async ({ ctx, input }) =>
      found(await members.find(ctx.db, ctx.project.uuid, toReference(input.user)), noMember),
    ),

  update: projectProcedure('edit_role', { user: ResourceId, role: MemberRole.nullish() })
    .meta({
      refusals: ['member_not_found'],
      openapi: atProject(
        'PATCH',
        '/{user}',
        'Give a member of a project another role',
        'Requires a session. The new role counts from the next request on.',
      ),
    })
    .output(Member)
    .mutation(async ({ ctx, input }) => {
      const user = toReference(input.user)
      const { uuid } = ctx.project
      if (!input.role) return found(await members.find(ctx.db, uuid, user), noMember)
      return found(await members.setRole(ctx.db, uuid, { user, role: input.role, now: ctx.now }), noMember)
    }),

  remove: projectProcedure('delete_role', { user: ResourceId })
    .meta({
      refusals: ['member_not_found'],
      status: 204,
      openapi: atProject(
        'DELETE',
        '/{user}',
        'Remove a member of a project',
        'Requires a session. The user loses the role at once; keys that they created stay.',
      ),
    })
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      const { uuid: place } = ctx.project
      const { uuid: user } = found(await members.find(ctx.db, place, toReference(input.user)), noMember)
      found((await removeMember(ctx.db, { place, user })) === 'removed', noMember)
    }),

  /** A page of the list in the console. */
  page: projectProcedure('view_role', page)
    .output(z.object({ members: z.array(Member), total: z.int() }))
    .query(async ({ ctx, input }) => {
      const { items, total } = await members.list(ctx.db, ctx.project.uuid, input)
      return { members: items, total }
    }),
})

type Method = 'GET' | 'PATCH' | 'DELETE'

function atOrganization(method: Method, path: '' | '/{user}', summary: string, description: string) {
  return { method, path: `/v0/organizations/{organization}/members${path}` as const, tags, summary, description }
}

function atProject(method: Method, path: '' | '/{user}', summary: string, description: string) {
  return { method, path: `/v0/projects/{project}/members${path}` as const, tags, summary, description }
}
