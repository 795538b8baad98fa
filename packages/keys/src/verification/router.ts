import { type ErrorCode, isAddress, isScope } from '@project-keys/verify'
import { z } from 'zod'
import { EXAMPLES } from '../fields/examples.ts'
import { ResourceId, Time, Uuid } from '../fields/fields.ts'
import { StoredUuid } from '../fields/stored.ts'
import { settingFields } from '../key-settings/stored.ts'
import { A_KEY } from '../permissions/who.ts'
import { found } from '../trpc/answers.ts'
import { refusal } from '../trpc/errors.ts'
import { clientProcedure, projectProcedure, publicProcedure, router } from '../trpc/procedures.ts'
import { MOST_KEYS, RECENT_DAYS, readRecent, readUsage } from './key-usage.ts'
import { checkKey, introspect, refuseRequest } from './verification.ts'
import { onWire, VerifiedKey } from './verified-key.ts'

const tags = ['verification']

const Introspection = z
  .object({
    active: z.boolean(),
    sub: StoredUuid.optional().meta({ description: 'The UUID of the key.' }),
    exp: z.int().optional().meta({ description: 'When it expires, in seconds since 1970.', example: 1_785_499_200 }),
    iat: z
      .int()
      .optional()
      .meta({ description: 'When it was created, in seconds since 1970.', example: 1_777_723_200 }),
    project: VerifiedKey.shape.project.optional(),
    scope: z
      .string()
      .optional()
      .meta({ description: 'Its scopes, separated by blanks; absent: it may do everything.' }),
    description: settingFields.description,
    external_id: settingFields.external_id,
    metadata: settingFields.metadata,
  })
  .meta({ id: 'Introspection' })

export const VerifyInput = z.object({
  project: ResourceId.optional().meta({ description: 'The only project whose keys are accepted.' }),
  scope: z
    .string()
    .refine((text) => text.split(' ').every(isScope), 'must be scopes, each separated from the next by one blank')
    .optional()
    .meta({ description: 'Scopes that the key must have, all of them, separated by blanks.', example: EXAMPLES.scope }),
  challenge: z
    .enum(['bearer', 'basic'], 'must be bearer or basic')
    .optional()
    .meta({ description: 'What a 401 asks for: `basic` for git and docker, which send a password only when asked.' }),
})

const noKey = () => refusal('key_not_found', 'The project has no such key.')

const OF_KEYS: ErrorCode[] = [
  'missing',
  'malformed',
  'mistyped',
  'unknown',
  'expired',
  'revoked',
  'replaced',
  'project_deleted',
  'other_project',
  'address_unknown',
  'address_not_allowed',
  'insufficient_scope',
  'key_rate_limited',
  'rate_limited',
]

const keyProcedure = publicProcedure.meta({ who: A_KEY, callerRefusals: OF_KEYS }).use(async ({ ctx, next }) => {
  const result = await next()
  return result.ok || result.error.code !== 'BAD_REQUEST' ? result : refuseRequest(ctx, result.error)
})

const keyHeaders = {
  responseHeaders: z.object({
    'X-Project': z.string(),
    'X-Project-Key': z.string(),
    'X-Scopes': z.string().optional(),
    'X-External-Id': z.string().optional(),
    RateLimit: z.string().optional(),
    'RateLimit-Policy': z.string().optional(),
    'Evidence-Age': z.string().optional(),
  }),
}

export const verificationRouter = router({
  verify: keyProcedure
    .input(VerifyInput)
    .meta({
      plain: true,
      basic: true,
      openapi: {
        method: 'GET',
        path: '/v0/verify',
        tags,
        summary: 'Verify a project key',
        description:
          'For gateways: the credential is the key, by Bearer or as the password of Basic. The body and the headers X-Project (a slug) and X-Project-Key (a UUID) identify the key; X-Scopes (separated by blanks) and X-External-Id are there if they are set. Whoever holds the key can read all of this. Every method, and every path below this one, gets the same answer; below, the path and the query are not read. The process that revoked a key refuses it at once, all others within a second.',
        ...keyHeaders,
      },
    })
    .output(VerifiedKey)
    .query(async ({ ctx, input }) => onWire(await checkKey(ctx, input))),

  verifyOfProject: keyProcedure
    .input(z.object({ project: ResourceId, scope: VerifyInput.shape.scope, challenge: VerifyInput.shape.challenge }))
    .meta({
      plain: true,
      basic: true,
      openapi: {
        method: 'GET',
        path: '/v0/projects/{project}/verify',
        tags,
        summary: 'Verify a key of this project',
        description:
          'As `/v0/verify`, but only keys of this project are accepted. For gateways that add the path of their client to this one and cannot send a query.',
        ...keyHeaders,
      },
    })
    .output(VerifiedKey)
    .query(async ({ ctx, input }) => onWire(await checkKey(ctx, input))),

  introspect: clientProcedure
    .input(
      z.object({
        token: z
          .string('must be a string')
          .min(1, 'must not be empty')
          .meta({ description: 'The key to look up.', example: EXAMPLES.projectKey }),
        address: z.string('must be a string').refine(isAddress, 'must be an IPv4 or IPv6 address').optional().meta({
          description: 'The address of its holder. Without one, a key with networks is not active.',
          example: '192.0.2.7',
        }),
      }),
    )
    .meta({
      basic: true,
      openapi: {
        method: 'POST',
        path: '/v0/introspect',
        tags,
        summary: 'Introspect a project key (RFC 7662)',
        description:
          'For services with a credential of their own: an API token or a project key. It is the token of `Authorization: Bearer`, or the client secret of `client_secret_basic` or `client_secret_post` with any client id. The response is `{"active":false}` unless the token is a valid project key.',
        contentTypes: ['application/x-www-form-urlencoded'],
      },
    })
    .output(Introspection)
    .mutation(({ ctx, input }) => introspect(ctx, input)),

  usage: projectProcedure('manage', { key: Uuid })
    .meta({
      refusals: ['key_not_found'],
      openapi: {
        method: 'GET',
        path: '/v0/projects/{project}/keys/{key}/usage',
        tags: ['project keys'],
        summary: 'View the usage of a project key',
        description: 'The last use (to the minute), its address, and the calls per day (UTC) of the last 30 days.',
      },
    })
    .output(
      z
        .object({
          last_used: Time.nullable(),
          address: z.string().nullable(),
          days: z.array(z.object({ day: z.iso.date(), calls: z.int() })),
        })
        .meta({ id: 'Usage' }),
    )
    .query(async ({ ctx, input }) =>
      found(await readUsage(ctx.db, { project: ctx.project.uuid, uuid: input.key, now: ctx.now }), noKey),
    ),

  /** The calls per day (UTC) of the keys on a page of the console's list, today last. Keys without calls are left out. */
  recentUsage: projectProcedure('manage', {
    keys: z.array(Uuid).max(MOST_KEYS, `must have at most ${MOST_KEYS} keys`),
  })
    .output(z.array(z.object({ uuid: StoredUuid, calls: z.array(z.number()).length(RECENT_DAYS) })))
    .query(({ ctx, input }) => readRecent(ctx.db, { project: ctx.project.uuid, keys: input.keys, now: ctx.now })),
})
