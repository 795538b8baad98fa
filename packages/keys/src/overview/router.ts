import { z } from 'zod'
import { page, ResourceId, Time, toReference, Uuid } from '../fields/fields.ts'
import { StoredName, StoredSlug, StoredUuid } from '../fields/stored.ts'
import { Attention } from '../project-keys/attention.ts'
import { KeyCard, onCard } from '../project-keys/columns.ts'
import { found } from '../trpc/answers.ts'
import { refusal } from '../trpc/errors.ts'
import { router, type UserContext, userProcedure } from '../trpc/procedures.ts'
import { countKeys, type ProjectCounts } from './counts.ts'
import { findOverseen, listOfOrganization } from './page.ts'

const MOST_PROJECTS = 50

const Counts = z.object({
  active: z.int(),
  expiring: z.int(),
  never_used: z.int(),
  idle: z.int(),
  never_expires: z.int(),
  maker_gone: z.int(),
  outside_policy: z.int(),
  last_used: Time.nullable(),
})
const OfProject = Counts.extend({ uuid: StoredUuid, slug: StoredSlug, name: StoredName })
const Overseen = z.object({ uuid: StoredUuid, slug: StoredSlug, name: StoredName, leads: z.boolean() })
const InProject = KeyCard.extend({ project: z.object({ uuid: StoredUuid, slug: StoredSlug, name: StoredName }) })

const noOrganization = () =>
  refusal('organization_not_found', 'There is no such organization, or you manage none of its projects.')

const { page: Page, per_page } = page

/** The keys that need attention, in all projects that a user may manage. The console alone asks. */
export const overviewRouter = router({
  /** An organization, if the user may manage it or one of its projects. */
  organization: userProcedure
    .meta({ refusals: ['organization_not_found'] })
    .input(z.object({ organization: ResourceId }))
    .output(Overseen)
    .query(({ ctx, input }) => overseen(ctx, input.organization)),

  /** A page of its active keys: all, or those that need attention for one reason. */
  keys: userProcedure
    .meta({ refusals: ['organization_not_found'] })
    .input(z.object({ organization: ResourceId, attention: Attention.optional(), page: Page, per_page }))
    .output(z.object({ keys: z.array(InProject), more: z.boolean() }))
    .query(async ({ ctx, input: { organization, ...asked } }) => {
      const { uuid } = await overseen(ctx, organization)
      const { rows, more } = await listOfOrganization(ctx.db, {
        ...asked,
        organization: uuid,
        user: ctx.user,
        now: ctx.now,
      })
      const keys = rows.map((row) => ({
        ...onCard(row, { organization: row.organization_policy, project: row.project_policy }),
        project: { uuid: row.project, slug: row.project_slug, name: row.project_name },
      }))
      return { keys, more }
    }),

  /** How many keys need attention in all of its projects, and a page of these. Counts may be a minute old. */
  counts: userProcedure
    .meta({ refusals: ['organization_not_found'] })
    .input(z.object({ organization: ResourceId, page: Page, per_page }))
    .output(z.object({ totals: Counts, projects: z.array(OfProject), total: z.int() }))
    .query(async ({ ctx, input }) => {
      const { uuid } = await overseen(ctx, input.organization)
      const counts = await countKeys(ctx.db, { which: { organization: uuid }, user: ctx.user, now: ctx.now })
      const before = Math.max(input.page - 1, 0) * input.per_page
      return { totals: sum(counts), projects: counts.slice(before, before + input.per_page), total: counts.length }
    }),

  /** The same of each of these projects; those that the user may not manage are left out. */
  projects: userProcedure
    .input(
      z.object({
        projects: z
          .array(Uuid, 'must be a list of UUIDs')
          .max(MOST_PROJECTS, `must hold at most ${MOST_PROJECTS} UUIDs`),
      }),
    )
    .output(z.array(OfProject))
    .query(({ ctx, input }) => countKeys(ctx.db, { which: input, user: ctx.user, now: ctx.now })),
})

const overseen = async ({ db, user }: UserContext, organization: string) =>
  found(await findOverseen(db, toReference(organization), user), noOrganization)

/** The counts of all of these together. Times in UTC and whole seconds are in the order of their texts. */
function sum(counts: ProjectCounts[]): z.output<typeof Counts> {
  const total = (name: Attention | 'active') => counts.reduce((sum, project) => sum + project[name], 0)
  return {
    active: total('active'),
    expiring: total('expiring'),
    never_used: total('never_used'),
    idle: total('idle'),
    never_expires: total('never_expires'),
    maker_gone: total('maker_gone'),
    outside_policy: total('outside_policy'),
    last_used:
      counts
        .map((project) => project.last_used ?? '')
        .sort()
        .at(-1) || null,
  }
}
