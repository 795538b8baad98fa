import { z } from 'zod'
import { EXAMPLES } from '../fields/examples.ts'
import { Allowed, Name, Permission, page, Slug, Time } from '../fields/fields.ts'
import { OrganizationUuid, StoredName, StoredSlug } from '../fields/stored.ts'
import { may } from '../permissions/permissions.ts'
import { policyField, policyOf, policyShown, withPolicy } from '../policy/shapes.ts'
import { counted, found, slugTaken, unlessTaken } from '../trpc/answers.ts'
import { refusal } from '../trpc/errors.ts'
import { organizationProcedure, router, userProcedure } from '../trpc/procedures.ts'
import { withinQuota } from '../trpc/quota.ts'
import {
  countLed,
  createOrganization,
  findOrganization,
  listOrganizations,
  updateOrganization,
} from './organizations.ts'

const tags = ['organizations']
const gone = () => refusal('organization_not_found', 'The organization was deleted a moment ago.')

const Organization = z
  .object({
    uuid: OrganizationUuid,
    name: StoredName.meta({ example: EXAMPLES.organizationName }),
    slug: StoredSlug.meta({ example: EXAMPLES.organizationSlug }),
    created: Time,
    modified: Time,
    claimed: Time,
    ...policyShown,
  })
  .meta({ id: 'Organization' })

export const organizationsRouter = router({
  list: userProcedure
    .input(z.object(page))
    .meta({
      openapi: {
        method: 'GET',
        path: '/v0/organizations',
        tags,
        summary: 'List organizations',
        description: 'The organizations that you lead; all of them if you are a server admin.',
      },
    })
    .output(z.array(Organization))
    .query(async ({ ctx, input }) => counted(ctx, await listOrganizations(ctx.db, { ...input, user: ctx.user }))),

  create: userProcedure
    .input(z.object({ name: Name, slug: Slug.nullish() }))
    .meta({
      refusals: ['quota_exceeded'],
      status: 201,
      openapi: {
        method: 'POST',
        path: '/v0/organizations',
        tags,
        summary: 'Create an organization',
        description: 'You become its leader. A slug that is taken gets a suffix.',
      },
    })
    .output(Organization)
    .mutation(async ({ ctx, input }) => {
      const owner = ctx.user.uuid
      await withinQuota(ctx, 'organizations', { owner, count: () => countLed(ctx.db, owner) })
      return createOrganization(ctx.db, { ...input, user: ctx.user, now: ctx.now })
    }),

  view: organizationProcedure('view', {})
    .meta({
      openapi: {
        method: 'GET',
        path: '/v0/organizations/{organization}',
        tags,
        summary: 'View an organization',
        description: 'For its leaders and server admins.',
      },
    })
    .output(Organization)
    .query(async ({ ctx }) => withPolicy(found(await findOrganization(ctx.db, ctx.organization.uuid), gone))),

  update: organizationProcedure('edit', { name: Name.nullish(), slug: Slug.nullish(), ...policyField })
    .meta({
      refusals: ['slug_taken'],
      openapi: {
        method: 'PATCH',
        path: '/v0/organizations/{organization}',
        tags,
        summary: 'Update an organization',
        description: 'Fields that are absent or null stay as they are, but null removes the `key_policy`.',
      },
    })
    .output(Organization)
    .mutation(async ({ ctx, input: { key_policy, ...input } }) => {
      const changes = { ...input, key_policy: key_policy && policyOf(key_policy), user: ctx.user, now: ctx.now }
      return withPolicy(await unlessTaken(slugTaken, () => updateOrganization(ctx.db, ctx.organization.uuid, changes)))
    }),

  allowed: organizationProcedure('view', { permission: Permission })
    .meta({
      openapi: {
        method: 'GET',
        path: '/v0/organizations/{organization}/allowed/{permission}',
        tags,
        summary: 'Ask whether you have a permission',
        description: 'Answers for you, the caller. It is a question, so it refuses nothing that you may see.',
      },
    })
    .output(Allowed)
    .query(({ ctx, input }) => ({ allowed: may(input.permission, ctx.organization) })),
})
