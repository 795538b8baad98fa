import { z } from 'zod'
import { record } from '../audit/record.ts'
import { StoredName, StoredUuid } from '../fields/stored.ts'
import { TimeInUtc } from '../key/shapes.ts'
import { Expiration } from '../key-settings/inputs.ts'
import { refusal } from '../trpc/errors.ts'
import { projectProcedure } from '../trpc/procedures.ts'
import { After, readCursor, writeCursor } from './cursor.ts'
import { readSelected } from './export.ts'
import { FORMATS, formatKeys } from './export-formats.ts'
import { readImpact } from './impact.ts'
import { listFilters } from './list-filters.ts'
import { readMatches } from './matches.ts'
import { RENEWALS, renewMany } from './renew-many.ts'
import { Uuids, UuidsOrNone } from './revoke-many.ts'

// The console's list, where many keys are selected.

export const selectionProcedures = {
  /** The keys that a filter of the console's list matches, of those that were there at a time: a page, and where the next begins. */
  matching: projectProcedure('manage', { ...listFilters, there_at: TimeInUtc, after: After })
    .output(z.object({ keys: z.array(StoredUuid), next: z.string().nullable() }))
    .query(async ({ ctx, input: { after, ...wanted } }) => {
      const { uuid: project, policies } = ctx.project
      const asked = { ...wanted, policies, now: ctx.now, project, isConsole: true }
      const select = 'judged.uuid, judged.name, judged.creation'
      const { keys, next } = await readMatches(ctx.db, asked, { after: readCursor(after), select })
      return { keys: keys.map(({ uuid }) => uuid), next: writeCursor(next) }
    }),

  /** The effect of revoking these keys. A mutation, like the next one, because so many UUIDs do not fit into a URL. */
  impact: projectProcedure('manage', { keys: Uuids })
    .output(
      z.object({
        active: z.int(),
        expired: z.int(),
        revoked: z.int(),
        used_today: z.int(),
        /** Of the keys that are not revoked. Without a UUID: made by nobody who still has an account. */
        makers: z.array(z.object({ uuid: StoredUuid.nullable(), name: StoredName.nullable(), keys: z.int() })),
      }),
    )
    .mutation(({ ctx, input: { keys: uuids } }) =>
      readImpact(ctx.db, { project: ctx.project.uuid, uuids, now: ctx.now }),
    ),

  /** A part of a file with these keys, sorted by name. The first part of a file without keys has none, too. */
  exportSelected: projectProcedure('manage', {
    keys: UuidsOrNone,
    format: z.enum(FORMATS, 'must be csv or ndjson').default('csv'),
    is_first: z.boolean('must be true or false').default(true),
  })
    .output(z.object({ text: z.string() }))
    .mutation(async ({ ctx, input: { keys: uuids, format, is_first } }) => {
      const { uuid: project } = ctx.project
      if (is_first) await record(ctx.db, { action: 'project_keys.export', projects: project, after: { format } })
      const keys = await readSelected(ctx.db, { project, uuids })
      return { text: formatKeys(format, keys, is_first) }
    }),

  /** Renews many keys by the rules for one. */
  renewMany: projectProcedure('manage', { keys: Uuids, expiration: Expiration.unwrap() })
    .output(z.array(z.object({ uuid: StoredUuid, outcome: z.enum(RENEWALS), reason: z.string().nullable() })))
    .mutation(({ ctx, input: { keys: uuids, expiration: text } }) => {
      const expiration = new Date(text)
      if (expiration <= ctx.now) throw refusal('invalid_input', 'expiration: must be in the future.')
      const { uuid: project, policies } = ctx.project
      return renewMany(ctx, { project, uuids, policies, expiration, now: ctx.now })
    }),
}
