import { z } from 'zod'
import { SERVER_CHAIN } from '../audit/chain.ts'
import { page, Uuid } from '../fields/fields.ts'
import { TimeInUtc } from '../key/shapes.ts'
import { SERVER_ADMINS } from '../permissions/who.ts'
import { requireAdmin } from '../trpc/admin.ts'
import { organizationProcedure, projectProcedure, router, userProcedure } from '../trpc/procedures.ts'
import { AuditEvent, readEvents } from './events.ts'
import { exportProcedures } from './export-procedures.ts'

const tags = ['audit log']
const MOST_OF_KEY = 20

const filters = {
  person: Uuid.optional().meta({ description: 'Only what this user did: a UUID.' }),
  key: Uuid.optional().meta({ description: 'Only what concerns this project key.' }),
  action: z
    .string('must be a string')
    .regex(/^[a-z_]+\.[a-z_]+$/, 'must be an action, such as project_key.revoke')
    .max(64, 'must have at most 64 characters')
    .optional()
    .meta({ description: 'Only this action.', example: 'project_key.revoke' }),
  since: TimeInUtc.meta({ description: 'Only from this time on.', example: '2026-05-01T00:00:00Z' }),
  until: TimeInUtc.meta({ description: 'Only before this time.', example: '2026-06-01T00:00:00Z' }),
  before: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .optional()
    .meta({ description: 'Only events with smaller numbers: the last one of the page before.', example: 120 }),
  per_page: page.per_page,
}

/** The audit log: who did what, sealed and in order. */
export const eventsRouter = router({
  list: organizationProcedure('manage', filters)
    .meta({
      openapi: {
        method: 'GET',
        path: '/v0/organizations/{organization}/events',
        tags,
        summary: 'List the events of an organization',
        description:
          'The newest first. For the next page, send the number of the last event as `before`: events that are added meanwhile change no later page.',
      },
    })
    .output(z.array(AuditEvent))
    .query(({ ctx, input: { organization: _, ...asked } }) => readEvents(ctx.db, ctx.organization.uuid, asked)),

  listOfServer: userProcedure
    .meta({
      who: SERVER_ADMINS,
      refusals: ['admin_only'],
      openapi: {
        method: 'GET',
        path: '/v0/server/events',
        tags,
        summary: 'List the events of the server',
        description:
          'For server admins: sign-ins, users, API tokens, and all else that belongs to no organization. The newest first, by pages as of an organization.',
      },
    })
    .input(z.object(filters))
    .output(z.array(AuditEvent))
    .query(({ ctx, input }) => {
      requireAdmin(ctx)
      return readEvents(ctx.db, SERVER_CHAIN, input)
    }),

  ...exportProcedures,

  /** The last events of a key, for those who manage its project. */
  ofKey: projectProcedure('manage', { key: Uuid })
    .output(z.array(AuditEvent))
    .query(({ ctx: { db, project }, input: { key } }) =>
      readEvents(db, project.organization, { key, project: project.uuid, per_page: MOST_OF_KEY }),
    ),
})
