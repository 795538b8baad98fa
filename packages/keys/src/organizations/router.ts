import { z } from 'zod'
import { Name, Slug, Time, Uuid } from '../fields.ts'
import { router, userProcedure } from '../trpc.ts'
import { createOrganization } from './organizations.ts'

const Organization = z
  .object({ uuid: Uuid, name: Name, slug: Slug, created: Time, modified: Time, claimed: Time })
  .meta({ id: 'Organization' })

export const organizationsRouter = router({
  create: userProcedure
    .meta({
      status: 201,
      openapi: {
        method: 'POST',
        path: '/v0/organizations',
        tags: ['organizations'],
        summary: 'Create an organization',
        description: 'You lead it. A slug that is taken gets a suffix.',
      },
    })
    .input(z.object({ name: Name, slug: Slug.nullish() }))
    .output(Organization)
    .mutation(({ ctx, input: { name, slug } }) =>
      createOrganization(ctx.db, { name, slug, leader: ctx.user.uuid, now: ctx.now }),
    ),
})
