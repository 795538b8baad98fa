import { z } from 'zod'
import { Time } from '../fields/fields.ts'
import { ProjectUuid, StoredName, StoredSlug, StoredUuid } from '../fields/stored.ts'
import { idempotencyHeaders } from '../idempotency/header.ts'
import { ONCE_REFUSALS, once } from '../idempotency/once.ts'
import { settingFields } from '../key-settings/stored.ts'
import { ProjectKeyCreated } from '../project-keys/columns.ts'
import { DEFAULT_GRACE, Grace } from '../rotations/grace.ts'
import { ROTATION_REFUSALS, rotatedOrRefused, selfRotationOff } from '../rotations/refused.ts'
import { rotateKey } from '../rotations/rotate.ts'
import { alreadyRevoked, found } from '../trpc/answers.ts'
import { refusal } from '../trpc/errors.ts'
import { credentialProcedure, projectKeyProcedure, router } from '../trpc/procedures.ts'
import { shownUser, User } from '../users/router.ts'
import { describeKey, revokeItself } from './whoami.ts'

const tags = ['verification']
const path = '/v0/whoami'

const { scopes, allowed_networks, rate_limit, self_rotation } = settingFields

const Whoami = z
  .object({
    kind: z.enum(['user', 'project_key']).meta({ description: 'Which of the following fields are there.' }),
    user: User.optional(),
    credential: z.enum(['session', 'user_key']).optional().meta({ description: 'Of a user.' }),
    uuid: StoredUuid.optional().meta({ description: 'Of a project key, as the other fields.' }),
    name: StoredName.optional(),
    project: z.object({ uuid: ProjectUuid, slug: StoredSlug }).optional(),
    creation: Time.optional(),
    expiration: Time.optional(),
    ...{ scopes, allowed_networks, rate_limit, self_rotation },
  })
  .meta({ id: 'Whoami' })

const deleted = () => refusal('unknown', 'This key is not known.')

export const whoamiRouter = router({
  view: credentialProcedure
    .meta({
      openapi: {
        method: 'GET',
        path,
        tags,
        summary: 'View who you are',
        description: 'For any credential: the user it belongs to, or the project key that it is.',
      },
    })
    .output(Whoami)
    .query(async ({ ctx: { db, caller } }) => {
      if (caller.kind === 'user') {
        const user = shownUser({ ...caller.user, locked: false })
        return {
          kind: 'user' as const,
          user,
          credential: caller.signedIn ? ('session' as const) : ('user_key' as const),
        }
      }
      return { kind: 'project_key' as const, ...found(await describeKey(db, caller.key), deleted) }
    }),

  revoke: projectKeyProcedure({})
    .meta({
      refusals: ['already_revoked'],
      status: 204,
      openapi: {
        method: 'DELETE',
        path,
        tags,
        summary: 'Revoke the project key that you are',
        description: 'For a project key alone. It never authenticates again.',
      },
    })
    .output(z.void())
    .mutation(async ({ ctx }) => {
      if (!(await revokeItself(ctx, ctx.key, ctx.now))) throw alreadyRevoked()
    }),

  rotate: projectKeyProcedure({ grace: Grace }, 'must hold no other field than `grace`')
    .meta({
      refusals: ['self_rotation_off', ...ROTATION_REFUSALS, ...ONCE_REFUSALS],
      status: 201,
      strict: true,
      openapi: {
        method: 'POST',
        path: `${path}/rotate`,
        tags,
        summary: 'Rotate the project key that you are',
        description:
          'For a project key whose `self_rotation` is true. It gets a new secret, which only this response holds; the old one goes on as after every rotation.',
        requestHeaders: idempotencyHeaders,
      },
    })
    .output(ProjectKeyCreated)
    .mutation(async ({ ctx, input: { grace } }) => {
      const { key, keyPrefix: prefix } = ctx
      if (!(await describeKey(ctx.db, key))?.self_rotation) throw selfRotationOff()
      return once(ctx, { by: key.uuid, fields: { grace } }, async (ctx, letters) => {
        const one = { project: key.project, uuid: key.uuid }
        const wanted = { grace: grace ?? DEFAULT_GRACE, replace: false, prefix, letters, now: ctx.now }
        return rotatedOrRefused(await rotateKey(ctx, { ...one, ...wanted, byItself: true }))
      })
    }),
})
