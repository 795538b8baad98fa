import { z } from 'zod'
import { ResourceId, Time, toReference } from '../fields/fields.ts'
import { Reason } from '../fields/reason.ts'
import { StoredName, StoredSlug, StoredUuid } from '../fields/stored.ts'
import { OrganizationRole, ProjectRole } from '../generated/enums.ts'
import { keyColumns, keyFilters } from '../key/shapes.ts'
import { membersOf } from '../members/members.ts'
import { noMember } from '../members/router.ts'
import { onWire, ProjectKey } from '../project-keys/columns.ts'
import { counted, found } from '../trpc/answers.ts'
import { organizationProcedure, projectProcedure, router } from '../trpc/procedures.ts'
import { adminPersonProcedure } from '../users/person.ts'
import { countTokens, listMade, revokeMade, summarizeMade } from './made-keys.ts'

const tags = ['users']

const summary = {
  active: z.int(),
  expired: z.int(),
  /** The number of projects in which they are. */
  projects: z.int(),
  used_lately: z.int(),
  last_used: Time.nullable(),
  /** The active ones that were used last. */
  latest: z.array(
    z.object({
      uuid: StoredUuid,
      name: StoredName,
      last_four: z.string(),
      last_used: Time.nullable(),
      project: StoredName,
    }),
  ),
}
const MadeKey = z.object({
  uuid: StoredUuid,
  ...keyColumns,
  last_used: Time.nullable(),
  project: z.object({ uuid: StoredUuid, slug: StoredSlug, name: StoredName, deleted: z.boolean() }),
})
const Revoked = z
  .object({
    user_keys: z.int().meta({ description: 'How many user keys (API tokens) were revoked.' }),
    project_keys: z.int().meta({ description: 'How many project keys were revoked: at most 1,000.' }),
    remaining: z.int().meta({ description: 'How many project keys are left. Repeat the request until it is 0.' }),
  })
  .meta({ id: 'RevokedOfUser' })

const members = membersOf('project', z.enum(ProjectRole))
const leaders = membersOf('organization', z.enum(OrganizationRole))

/** The keys that a user made: what is to be known before a member is removed, and to be revoked when a user leaves. */
export const madeKeysRouter = router({
  /** What a member of a project made in it. */
  ofMember: projectProcedure('manage', { user: ResourceId })
    .meta({ refusals: ['member_not_found'] })
    .output(z.object(summary))
    .query(async ({ ctx: { db, project, now }, input }) => {
      const { uuid: creator } = found(await members.find(db, project.uuid, toReference(input.user)), noMember)
      return summarizeMade(db, { creator, within: { project: project.uuid }, now })
    }),

  /** What a leader of an organization made in its projects. */
  ofLeader: organizationProcedure('manage', { user: ResourceId })
    .meta({ refusals: ['member_not_found'] })
    .output(z.object(summary))
    .query(async ({ ctx: { db, organization, now }, input }) => {
      const { uuid: creator } = found(await leaders.find(db, organization.uuid, toReference(input.user)), noMember)
      return summarizeMade(db, { creator, within: { organization: organization.uuid }, now })
    }),

  /** What a user made in all projects, and their API tokens. */
  ofUser: adminPersonProcedure({})
    .output(z.object({ ...summary, tokens: z.int() }))
    .query(async ({ ctx: { db, person, now } }) => {
      const made = { creator: person.uuid, now }
      const [keys, tokens] = await Promise.all([summarizeMade(db, { ...made, within: null }), countTokens(db, made)])
      return { ...keys, tokens }
    }),

  list: adminPersonProcedure(keyFilters)
    .meta({
      openapi: {
        method: 'GET',
        path: '/v0/users/{user}/project-keys',
        tags,
        summary: 'List the project keys that a user made',
        description: 'For server admins. Those of all projects, sorted by name.',
      },
    })
    .output(z.array(ProjectKey))
    .query(async ({ ctx, input }) => {
      const page = await listMade(ctx.db, { ...input, creator: ctx.person.uuid })
      return counted(ctx, page).map(onWire)
    }),

  /** A page of the console's list. */
  page: adminPersonProcedure(keyFilters)
    .output(z.object({ keys: z.array(MadeKey), total: z.int() }))
    .query(async ({ ctx, input }) => {
      const { items, total } = await listMade(ctx.db, { ...input, creator: ctx.person.uuid })
      const keys = items.map(({ project, slug, project_name, deleted, ...key }) => ({
        ...key,
        project: { uuid: project, slug, name: project_name, deleted },
      }))
      return { keys, total }
    }),

  revoke: adminPersonProcedure({ reason: Reason.nullish() })
    .meta({
      openapi: {
        method: 'POST',
        path: '/v0/users/{user}/revoke-keys',
        tags,
        summary: 'Revoke all keys that a user made',
        description:
          'For server admins, when a person leaves: their user keys (API tokens), and the project keys that they made in all projects, 1,000 with each request. Repeat it until `remaining` is 0. Lock the user first, so that they make no more.',
      },
    })
    .output(Revoked)
    .mutation(({ ctx, input: { reason = null } }) =>
      revokeMade(ctx, { creator: ctx.person.uuid, revoker: ctx.user.uuid, reason, now: ctx.now }),
    ),
})
