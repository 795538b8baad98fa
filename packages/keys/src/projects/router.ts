import { TRPCError } from '@trpc/server'
import { z } from 'zod'
import { Name, page, ResourceId, readReference, SearchText, Slug, Time, Uuid } from '../fields.ts'
import { findOrganization } from '../organizations/organizations.ts'
import { manageProcedure, router, userProcedure, viewProcedure } from '../trpc.ts'
import { createProject, findProject, listManaged } from './projects.ts'

const tags = ['projects']

const Visibility = z.enum(['public', 'private'], 'is public or private').meta({ id: 'Visibility' })
const Url = z.url('is a URL').max(2048, 'has at most 2048 characters')

const Project = z
  .object({
    uuid: Uuid,
    organization: Uuid,
    name: Name,
    slug: Slug,
    url: Url.nullable(),
    visibility: Visibility,
    created: Time,
    modified: Time,
    claimed: Time,
  })
  .meta({ id: 'Project' })

/** A project as people choose it. */
const ProjectCard = z.object({
  uuid: Uuid,
  slug: Slug,
  name: Name,
  visibility: Visibility,
  organization: z.object({ uuid: Uuid, slug: Slug, name: Name }),
})

export const projectsRouter = router({
  create: userProcedure
    .meta({
      status: 201,
      openapi: {
        method: 'POST',
        path: '/v0/organizations/{organization}/projects',
        tags: ['organizations', 'projects'],
        summary: 'Create a project',
        description: 'For leaders of the organization; you maintain it. A slug that is taken gets a suffix.',
      },
    })
    .input(
      z.object({
        organization: ResourceId,
        name: Name,
        slug: Slug.nullish(),
        url: Url.nullish(),
        visibility: Visibility.nullish(),
      }),
    )
    .output(Project)
    .mutation(async ({ ctx, input }) => {
      const reference = readReference(input.organization)
      const organization = reference && (await findOrganization(ctx.db, reference, ctx.user))
      if (!organization) {
        throw new TRPCError({ code: 'NOT_FOUND', message: 'There is no such organization, or you may not see it.' })
      }
      const maintainer = ctx.user.uuid
      const uuid = await createProject(ctx.db, { ...input, organization: organization.uuid, maintainer, now: ctx.now })
      return present(await findProject(ctx.db, uuid))
    }),

  view: viewProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/v0/projects/{project}',
        tags,
        summary: 'View a project',
        description: 'Takes a project key too: it is the way to test one.',
      },
    })
    .output(Project)
    .query(async ({ ctx }) => present(await findProject(ctx.db, ctx.project.uuid))),

  /** The project that the console is in. */
  overview: manageProcedure({})
    .output(ProjectCard)
    .query(async ({ ctx }) => {
      const { organization, organization_name, organization_slug, ...project } = present(
        await findProject(ctx.db, ctx.project.uuid),
      )
      return { ...project, organization: { uuid: organization, name: organization_name, slug: organization_slug } }
    }),

  /** The projects that the console lets you choose from. */
  mine: userProcedure
    .input(z.object({ search: SearchText.optional(), page: page.page, per_page: page.per_page }))
    .output(z.object({ total: z.int(), projects: z.array(ProjectCard) }))
    .query(async ({ ctx, input }) => {
      const { total, projects } = await listManaged(ctx.db, { ...input, user: ctx.user })
      return {
        total,
        projects: projects.map(({ inOrganization, ...project }) => ({ ...project, organization: inOrganization })),
      }
    }),
})

/** Between the permission and the answer a project may be deleted. */
function present<Row>(project: Row | null): Row {
  if (project === null) throw new TRPCError({ code: 'NOT_FOUND', message: 'The project was deleted a moment ago.' })
  return project
}
