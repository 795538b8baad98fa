import { z } from 'zod'
import { Uuid } from '../fields/fields.ts'
import { idempotencyHeaders } from '../idempotency/header.ts'
import { ONCE_REFUSALS, once } from '../idempotency/once.ts'
import { slips } from '../key-settings/slips.ts'
import { ProjectKeyCreated } from '../project-keys/columns.ts'
import { refusal } from '../trpc/errors.ts'
import { projectProcedure, router, type UserContext } from '../trpc/procedures.ts'
import { endRotation, rotateKey } from './rotate.ts'

const tags = ['project keys']
const path = '/v0/projects/{project}/keys/{key}'

/** In seconds. */
const DAY = 24 * 60 * 60
const Grace = z
  .int('must be a whole number of seconds')
  .min(0, 'must be at least 0')
  .max(30 * DAY, `must be at most ${30 * DAY}, which is 30 days`)
  .nullish()
  .meta({
    description: `How long the old secret goes on after the first use of the new one, in seconds; ${DAY} unless given.`,
    example: 3600,
  })
const Replace = z.boolean('must be true or false').nullish().meta({
  description:
    'true: an open rotation ends, and the secret that is not in use is dropped: the new one if it was never used, else the old one.',
})
const ONLY = 'must hold no other fields than `grace` and `replace`, because a rotation changes no setting of a key'

export const rotationsRouter = router({
  rotate: projectProcedure('manage', { key: Uuid, grace: Grace, replace: Replace, ...slips }, ONLY)
    .meta({
      refusals: ['key_not_found', 'key_revoked', 'key_expired', 'rotation_open', ...ONCE_REFUSALS],
      status: 201,
      strict: true,
      openapi: {
        method: 'POST',
        path: `${path}/rotate`,
        tags,
        summary: 'Rotate a project key',
        description:
          'Gives the key a new secret, which only this response holds; nothing else of the key changes. The old secret goes on until `grace` after the first use of the new one, and for 30 days at most.',
        requestHeaders: idempotencyHeaders,
      },
    })
    .output(ProjectKeyCreated)
    .mutation(({ ctx, input: { key, grace, replace } }) =>
      once(ctx, { by: ctx.user.uuid, fields: { grace, replace } }, (ctx, letters) =>
        rotate(ctx, { project: ctx.project.uuid, uuid: key }, { grace, replace, letters }),
      ),
    ),

  end: projectProcedure('manage', { key: Uuid })
    .meta({
      refusals: ['key_not_found', 'no_rotation'],
      status: 204,
      openapi: {
        method: 'DELETE',
        path: `${path}/rotation`,
        tags,
        summary: 'End the old secret of a project key',
        description: 'Ends the open rotation: from now on only the new secret is good.',
      },
    })
    .output(z.void())
    .mutation(async ({ ctx, input: { key } }) => {
      const outcome = await endRotation(ctx, { project: ctx.project.uuid, uuid: key, now: ctx.now })
      if (outcome === 'not found') throw noKey()
      if (outcome === 'none') throw refusal('no_rotation', 'No rotation of the key is open: it has one secret.')
    }),
})

const noKey = () => refusal('key_not_found', 'The project has no such key.')

type Context = Pick<UserContext, 'db' | 'verifier' | 'keyPrefix' | 'now'>
type Wanted = { grace?: number | null | undefined; replace?: boolean | null | undefined; letters?: string | undefined }

/** Rotates a key, or refuses it with what to do. */
async function rotate(ctx: Context, one: { project: string; uuid: string }, { grace, replace, letters }: Wanted) {
  const { keyPrefix: prefix, now } = ctx
  const wanted = { grace: grace ?? DAY, replace: replace ?? false, prefix, letters, now }
  const outcome = await rotateKey(ctx, { ...one, ...wanted })
  switch (outcome) {
    case 'not found':
      throw noKey()
    case 'revoked':
      throw refusal('key_revoked', 'The key is revoked, so it can’t be rotated: create a new one.')
    case 'expired':
      throw refusal('key_expired', 'The key has expired, so it can’t be rotated: renew it first.')
    case 'open':
      throw refusal(
        'rotation_open',
        'A rotation of the key is open: end the old secret first (DELETE …/rotation), or send `replace: true` to drop it.',
      )
    case 'unused':
      throw refusal(
        'rotation_open',
        'A rotation of the key is open, and its new secret was not used yet: use it, or send `replace: true` to drop it.',
      )
    default:
      return outcome
  }
}
