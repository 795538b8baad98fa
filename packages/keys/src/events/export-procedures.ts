import { z } from 'zod'
import { SERVER_CHAIN } from '../audit/chain.ts'
import { record } from '../audit/record.ts'
import { SERVER_ADMINS } from '../permissions/who.ts'
import { requireAdmin } from '../trpc/admin.ts'
import { refusal } from '../trpc/errors.ts'
import { organizationProcedure, type UserContext, userProcedure } from '../trpc/procedures.ts'
import { Cursor, readExport } from './export.ts'

const tags = ['audit log']
const exported = {
  format: z.enum(['ndjson'], 'must be ndjson').default('ndjson'),
  after: z.string('must be a string').max(200, 'must be what the page before gave as `next`').optional(),
}
const Exported = z.object({ text: z.string(), next: z.string().nullable() })
const stream = { types: { ndjson: 'application/x-ndjson' }, cursor: 'after', name: 'events' }
const WHOLE_CHAIN =
  'All events in their order, each with its links in the chain, and the signed head of the last one. `pnpm run verify-audit` verifies it offline.'

/** Each call is one page of an export, and says where the next one begins: null after the last. */
export const exportProcedures = {
  export: organizationProcedure('manage', exported)
    .meta({
      stream,
      openapi: {
        method: 'GET',
        path: '/v0/organizations/{organization}/events/export',
        tags,
        summary: 'Export the events of an organization',
        description: WHOLE_CHAIN,
      },
    })
    .output(Exported)
    .query(({ ctx, input: { after } }) =>
      exportChain(ctx, { chain: ctx.organization.uuid, after, about: { organizations: ctx.organization.uuid } }),
    ),

  exportOfServer: userProcedure
    .meta({
      stream,
      who: SERVER_ADMINS,
      refusals: ['admin_only'],
      openapi: {
        method: 'GET',
        path: '/v0/server/events/export',
        tags,
        summary: 'Export the events of the server',
        description: `For server admins. ${WHOLE_CHAIN}`,
      },
    })
    .input(z.object(exported))
    .output(Exported)
    .query(({ ctx, input: { after } }) => {
      requireAdmin(ctx)
      return exportChain(ctx, { chain: SERVER_CHAIN, after, about: { server: true } })
    }),
}

type Export = { chain: string; after: string | undefined; about: { organizations: string } | { server: true } }

async function exportChain({ db, signer, now }: UserContext, { chain, after, about }: Export) {
  if (after === undefined) await record(db, { action: 'events.export', ...about })
  const cursor = after === undefined ? null : readCursor(after)
  const { text, next } = await readExport(db, { chain, cursor, signer, now })
  return { text, next: next && Buffer.from(JSON.stringify(next)).toString('base64url') }
}

/** @throws invalid_input */
function readCursor(after: string): Cursor {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(after, 'base64url').toString()))
  } catch (cause) {
    throw refusal('invalid_input', 'after: must be what the page before gave as `next`.', cause)
  }
}
