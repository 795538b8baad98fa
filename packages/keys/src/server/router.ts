import { z } from 'zod'
import { publicProcedure, router } from '../trpc/procedures.ts'

const tags = ['server']

/** The version of Bencher's API that ours is compatible with. Bencher's CLI asks for it before each command. */
const API_VERSION = '0.6.12'

const AuditKey = z
  .object({
    key: z.string().meta({ example: '3f1c9a0e5b7d2846' }),
    algorithm: z.literal('Ed25519'),
    public_key: z.string().meta({ example: '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=' }),
  })
  .meta({ id: 'AuditKey' })

export const serverRouter = router({
  version: publicProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/v0/server/version',
        tags,
        protect: false,
        summary: 'The version of the API',
        description:
          'The version of Bencher’s API that this one is compatible with. Its CLI asks for it before each command.',
      },
    })
    .input(z.object({}))
    .output(z.object({ version: z.string() }).meta({ id: 'Version' }))
    .query(() => ({ version: API_VERSION })),

  spec: publicProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/v0/server/spec',
        tags,
        protect: false,
        summary: 'This OpenAPI document',
        description: 'In OpenAPI 3.0.3, for generators of clients and for readers.',
      },
    })
    .input(z.object({}))
    .output(z.record(z.string(), z.unknown()).meta({ id: 'Spec' }))
    .query(({ ctx }) => ctx.document()),

  auditKey: publicProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/v0/server/audit-key',
        tags,
        protect: false,
        summary: 'The public key of the audit log',
        description:
          'The public half of the key that signs the heads of the audit log. `public_key` is its 32 bytes as base64, and `key` is the id that heads name.',
      },
    })
    .input(z.object({}))
    .output(AuditKey)
    .query(({ ctx: { signer } }) => ({ key: signer.key, algorithm: 'Ed25519' as const, public_key: signer.publicKey })),

  console: publicProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/v0/server/config/console',
        tags,
        protect: false,
        summary: 'Where the console is',
        description: 'The address of the web console, where people sign in.',
      },
    })
    .input(z.object({}))
    .output(z.object({ url: z.string() }).meta({ id: 'Console' }))
    .query(({ ctx }) => ({ url: ctx.consoleUrl })),
})
