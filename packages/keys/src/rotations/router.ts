import { z } from 'zod'
import { Uuid } from '../fields/fields.ts'
import { idempotencyHeaders } from '../idempotency/header.ts'
import { ONCE_REFUSALS, once } from '../idempotency/once.ts'
import { slips } from '../key-settings/slips.ts'
import { ProjectKeyCreated } from '../project-keys/columns.ts'
import { refusal } from '../trpc/errors.ts'
import { projectProcedure, router } from '../trpc/procedures.ts'
import { DEFAULT_GRACE, Grace } from './grace.ts'
import { noKey, ROTATION_REFUSALS, rotatedOrRefused } from './refused.ts'
import { endRotation, rotateKey } from './rotate.ts'

const tags = ['project keys']
const path = '/v0/projects/{project}/keys/{key}'

const Replace = z.boolean('must be true or false').nullish().meta({
  description:
    'true: an open rotation ends, and the secret that is not in use is dropped: the new one if it was never used, else the old one.',
})
const ONLY = 'must hold no other fields than `grace` and `replace`, because a rotation changes no setting of a key'

export const rotationsRouter = router({
  rotate: projectProcedure('manage', { key: Uuid, grace: Grace, replace: Replace, ...slips }, ONLY)
    .meta({
      refusals: [...ROTATION_REFUSALS, ...ONCE_REFUSALS],
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
      once(ctx, { by: ctx.user.uuid, fields: { grace, replace } }, async (ctx, letters) => {
        const { project, keyPrefix: prefix, now } = ctx
        const wanted = { grace: grace ?? DEFAULT_GRACE, replace: replace ?? false, prefix, letters, now }
        return rotatedOrRefused(await rotateKey(ctx, { project: project.uuid, uuid: key, ...wanted }))
      }),
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
