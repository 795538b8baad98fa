import { z } from 'zod'
import { record } from '../audit/record.ts'
import { Reason } from '../fields/reason.ts'
import { StoredUuid } from '../fields/stored.ts'
import { stateInRest } from '../key/filters.ts'
import { consoleFilters, keyFilters } from '../key/shapes.ts'
import { ExternalId } from '../key-settings/inputs.ts'
import { projectProcedure } from '../trpc/procedures.ts'
import { After, readCursor, writeCursor } from './cursor.ts'
import { readExport } from './export.ts'
import { FORMATS, formatKeys } from './export-formats.ts'
import { OUTCOMES, revokeMany, Uuids } from './revoke-many.ts'

// Many keys of a project at once.

const tags = ['project keys']

/** Those of the list. The parameters that choose a page are ignored, because an export has all pages. */
const filters = {
  name: keyFilters.name,
  search: keyFilters.search,
  revoked: keyFilters.revoked,
  external_id: ExternalId.optional(),
  state: consoleFilters.state
    .unwrap()
    .optional()
    .meta({ description: 'Only keys in this state; overrides `revoked`.' }),
  expires_from: consoleFilters.expires_from,
  expires_before: consoleFilters.expires_before,
}

export const bulkProcedures = {
  revokeMany: projectProcedure('manage', {
    keys: Uuids,
    reason: Reason.nullish(),
  })
    .meta({
      openapi: {
        method: 'POST',
        path: '/v0/projects/{project}/keys/revoke',
        tags,
        summary: 'Revoke many project keys',
        description:
          'All in one transaction. Each UUID gets its outcome, in the order sent; one that is named twice counts once, and a key of another project is not found. The keys stop working as after a single revocation.',
      },
    })
    .output(z.array(z.object({ uuid: StoredUuid, outcome: z.enum(OUTCOMES) }).meta({ id: 'RevocationOutcome' })))
    .mutation(({ ctx, input: { keys: uuids, reason = null } }) =>
      revokeMany(ctx, { project: ctx.project.uuid, uuids, reason, revoker: ctx.user.uuid, now: ctx.now }),
    ),

  /**
   * One page of an export, and where the next one begins: null after the last. REST sends all pages as one file, and calls
   * this for each, so that whoever loses the right to manage gets no further page.
   */
  export: projectProcedure('manage', {
    format: z.enum(FORMATS, 'must be csv or ndjson').default('csv'),
    after: After,
    ...filters,
  })
    .meta({
      stream: { types: { csv: 'text/csv', ndjson: 'application/x-ndjson' }, cursor: 'after', name: 'keys' },
      openapi: {
        method: 'GET',
        path: '/v0/projects/{project}/keys/export',
        tags,
        summary: 'Export project keys',
        description:
          'All keys that match the filters of the list, whatever the page, as CSV or as one JSON object a line, sorted by name. It never holds a key itself. If the connection ends before the file does, the file is not complete. In a CSV file no cell is a formula.',
      },
    })
    .output(z.object({ text: z.string(), next: z.string().nullable() }))
    .query(async ({ ctx, input: { format, after, state, project: _, ...wanted } }) => {
      const { uuid } = ctx.project
      if (after === undefined)
        await record(ctx.db, { action: 'project_keys.export', projects: uuid, after: { format } })
      const { revoked: _revoked, ...filters } = wanted
      const place = { state: state ?? stateInRest(wanted), now: ctx.now, project: uuid }
      const asked = { ...filters, ...place, isConsole: false }
      const { keys, next } = await readExport(ctx.db, asked, readCursor(after))
      const text = formatKeys(format, keys, after === undefined)
      return { text, next: writeCursor(next) }
    }),
}
