import { z } from 'zod'
import { EXAMPLES } from '../fields/examples.ts'
import { Allowed, Name, Permission, page, Slug, Time } from '../fields/fields.ts'
import { OrganizationUuid, ProjectUuid, StoredName, StoredSlug, StoredUrl, StoredUuid } from '../fields/stored.ts'
import { KeyScopes, scopesField, scopesOf } from '../key-settings/offered.ts'
import { may } from '../permissions/permissions.ts'
import { inForce } from '../policy/policy.ts'
import { KeyPolicy, policyField, policyOf, policyShown } from '../policy/shapes.ts'
import { counted, found, slugTaken, unlessTaken } from '../trpc/answers.ts'
import { refusal } from '../trpc/errors.ts'
import {
  callerProcedure,
  organizationProcedure,
  permit,
  projectProcedure,
  projectViewProcedure,
  router,
  userProcedure,
} from '../trpc/procedures.ts'
import { withinQuota } from '../trpc/quota.ts'
import {
  countProjects,
  createProject,
  deleteProject,
  findProject,
  listOfOrganization,
  listOwn,
  listVisible,
  type ProjectRow,
  updateProject,
} from './projects.ts'

const tags = ['projects']
const gone = () => refusal('project_not_found', 'The project was deleted a moment ago.')

const Visibility = z.enum(['public', 'private'], 'must be public or private').meta({ id: 'Visibility' })
const Url = z
  .string('must be a URL')
  .max(2048, 'must have at most 2048 characters')
  .regex(/^https?:\/\/\S+$/, 'must be a URL that begins with https:// or http://')
  .meta({ example: EXAMPLES.url })

const Project = z
  .object({
    uuid: ProjectUuid,
    organization: OrganizationUuid,
    name: StoredName.meta({ example: EXAMPLES.projectName }),
    slug: StoredSlug,
    url: StoredUrl.nullable(),
    visibility: Visibility,
    created: Time,
    modified: Time,
    claimed: Time,
    ...policyShown,
    key_scopes: KeyScopes.optional(),
  })
  .meta({ id: 'Project' })

const named = { uuid: StoredUuid, slug: StoredSlug, name: StoredName }

/** The facts by which people choose a project. */
const ProjectCard = z.object({
  ...named,
  visibility: Visibility,
  organization: z.object(named),
})

const NO_RULES = { key_policy: null, policy: null, key_scopes: [] }

export const projectsRouter = router({
  list: callerProcedure
    .input(z.object(page))
    .meta({
      anonymous: true,
      openapi: {
        method: 'GET',
        path: '/v0/projects',
        tags,
        summary: 'List projects',
        description:
          'The projects that you may see: without a credential the public ones, with a project key only its own.',
      },
    })
    .output(z.array(Project))
    .query(async ({ ctx, input }) => counted(ctx, await listVisible(ctx.db, { ...input, caller: ctx.caller }))),

  listOfOrganization: organizationProcedure('view', page)
    .meta({
      openapi: {
        method: 'GET',
        path: '/v0/organizations/{organization}/projects',
        tags,
        summary: 'List the projects of an organization',
        description: 'For its leaders and server admins, sorted by name.',
      },
    })
    .output(z.array(Project))
    .query(async ({ ctx, input }) =>
      counted(ctx, await listOfOrganization(ctx.db, { ...input, organization: ctx.organization.uuid })),
    ),

  create: organizationProcedure('create', {
    name: Name,
    slug: Slug.nullish(),
    url: Url.nullish(),
    visibility: Visibility.nullish(),
  })
    .meta({
      refusals: ['quota_exceeded'],
      status: 201,
      openapi: {
        method: 'POST',
        path: '/v0/organizations/{organization}/projects',
        tags,
        summary: 'Create a project',
        description:
          'You become its maintainer. It is public unless you choose private. A slug that is taken gets a suffix.',
      },
    })
    .output(Project)
    .mutation(async ({ ctx, input }) => {
      const owner = ctx.organization.uuid
      await withinQuota(ctx, 'projects', { owner, count: () => countProjects(ctx.db, owner) })
      const made = { ...input, organization: ctx.organization.uuid, user: ctx.user, now: ctx.now }
      return shown(found(await findProject(ctx.db, await createProject(ctx.db, made)), gone), ctx.organization)
    }),

  view: projectViewProcedure
    .meta({
      anonymous: true,
      openapi: {
        method: 'GET',
        path: '/v0/projects/{project}',
        tags,
        summary: 'View a project',
        description:
          'A project key is accepted, too, so this is a way to test one. A public project needs no credential.',
      },
    })
    .output(Project)
    .query(async ({ ctx }) => shown(found(await findProject(ctx.db, ctx.project.uuid), gone), ctx.project)),

  update: projectProcedure('edit', {
    name: Name.nullish(),
    slug: Slug.nullish(),
    url: Url.nullish(),
    visibility: Visibility.nullish(),
    ...policyField,
    ...scopesField,
  })
    .meta({
      refusals: ['slug_taken'],
      openapi: {
        method: 'PATCH',
        path: '/v0/projects/{project}',
        tags,
        summary: 'Update a project',
        description:
          'Absent fields stay as they are; null removes `url`, `key_policy` and `key_scopes`. A new slug requires the right to manage, because gateways may know the project by it, and so do these two, because they rule over keys.',
      },
    })
    .output(Project)
    .mutation(async ({ ctx, input: { key_policy, key_scopes, ...input } }) => {
      const { uuid, slug } = ctx.project
      const rules = { key_policy: key_policy && policyOf(key_policy), key_scopes: key_scopes && scopesOf(key_scopes) }
      if ((input.slug && input.slug !== slug) || Object.values(rules).some((rule) => rule !== undefined)) {
        permit('manage', 'project', { place: ctx.project, signedIn: ctx.signedIn })
      }
      const changes = { ...input, ...rules, user: ctx.user, now: ctx.now }
      await unlessTaken(slugTaken, () => updateProject(ctx, uuid, changes))
      return shown(found(await findProject(ctx.db, uuid), gone), ctx.project)
    }),

  delete: projectProcedure('delete', {})
    .meta({
      status: 204,
      openapi: {
        method: 'DELETE',
        path: '/v0/projects/{project}',
        tags,
        summary: 'Delete a project',
        description: 'Its keys stop working at once. Its slug stays reserved for 90 days.',
      },
    })
    .output(z.void())
    .mutation(async ({ ctx }) => {
      found(await deleteProject(ctx, ctx.project.uuid, ctx.now), gone)
    }),

  allowed: projectProcedure('view', { permission: Permission })
    .meta({
      openapi: {
        method: 'GET',
        path: '/v0/projects/{project}/allowed/{permission}',
        tags,
        summary: 'Ask whether you have a permission',
        description: 'Answers for you, the caller. It is a question, so it refuses nothing that you may see.',
      },
    })
    .output(Allowed)
    .query(({ ctx, input }) => ({ allowed: may(input.permission, ctx.project) })),

  /**
   * The project that the console shows, and whether the caller may manage it, and its organization, too. Those who may also
   * learn what holds for its keys: `policy` is the one in force, by the project and its organization.
   */
  overview: projectProcedure('view_keys', {})
    .output(
      ProjectCard.extend({
        manages: z.boolean(),
        leads: z.boolean(),
        key_policy: KeyPolicy.nullable(),
        policy: KeyPolicy.nullable(),
        key_scopes: KeyScopes,
      }),
    )
    .query(async ({ ctx }) => {
      const { uuid, admin, leads, policies } = ctx.project
      const project = found(await findProject(ctx.db, uuid), gone)
      const { key_policy, key_scopes } = project
      const manages = may('manage', ctx.project)
      const rules = { key_policy, policy: inForce(policies), key_scopes: key_scopes ?? [] }
      return { ...card(project), manages, leads: admin || leads, ...(manages ? rules : NO_RULES) }
    }),

  /** The projects to choose from in the console: those whose keys the caller may see. */
  mine: userProcedure
    .input(z.object(page))
    .output(z.object({ total: z.int(), projects: z.array(ProjectCard) }))
    .query(async ({ ctx, input }) => {
      const { items, total } = await listOwn(ctx.db, { ...input, user: ctx.user })
      return { total, projects: items.map(card) }
    }),
})

type Row = NonNullable<Awaited<ReturnType<typeof findProject>>>

/** Only those who may manage the project see what rules over its keys, and only where it is set. */
function shown({ key_policy, key_scopes, ...project }: Row, at: Parameters<typeof may>[1]) {
  if (!may('manage', at)) return project
  return { ...project, ...(key_policy && { key_policy }), ...(key_scopes && { key_scopes }) }
}

const card = ({ organization, organization_name, organization_slug, ...project }: ProjectRow) => ({
  ...project,
  organization: { uuid: organization, name: organization_name, slug: organization_slug },
})
