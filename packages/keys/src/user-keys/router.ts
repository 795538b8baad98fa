import { TRPCError } from '@trpc/server'
import { z } from 'zod'
import type { User } from '../auth/identify.ts'
import { Name, ResourceId, readReference, Time, Ttl, Uuid } from '../fields.ts'
import { router, userProcedure } from '../trpc.ts'
import { createUserKey, revokeUserKey } from './user-keys.ts'

const tags = ['users', 'keys']

const UserKeyCreated = z
  .object({
    uuid: Uuid,
    user: Uuid,
    name: Name,
    key: z.string().meta({ description: 'The key itself: here, and nowhere else, ever.' }),
    creation: Time,
    expiration: Time,
  })
  .meta({ id: 'UserKeyCreated' })

export const userKeysRouter = router({
  create: userProcedure
    .input(z.object({ user: ResourceId, name: Name, ttl: Ttl }))
    .meta({
      status: 201,
      openapi: {
        method: 'POST',
        path: '/v0/users/{user}/keys',
        tags,
        summary: 'Create a user key (an API token)',
        description: 'It may do what its user may, but create user keys. It is in this answer and nowhere else, ever.',
      },
    })
    .output(UserKeyCreated)
    .mutation(({ ctx, input: { user, name, ttl } }) => {
      if (ctx.by === 'key') {
        throw new TRPCError({ code: 'FORBIDDEN', message: 'An API token makes no other API tokens: sign in.' })
      }
      return createUserKey(ctx.db, { user: self(ctx.user, user), name, ttl, prefix: ctx.keyPrefix, now: ctx.now })
    }),

  revoke: userProcedure
    .input(z.object({ user: ResourceId, key: Uuid }))
    .meta({
      status: 204,
      openapi: { method: 'DELETE', path: '/v0/users/{user}/keys/{key}', tags, summary: 'Revoke a user key' },
    })
    .output(z.void())
    .mutation(async ({ ctx, input: { user, key } }) => {
      const outcome = await revokeUserKey(ctx.db, { user: self(ctx.user, user), uuid: key, now: ctx.now })
      if (outcome === 'not found') throw new TRPCError({ code: 'NOT_FOUND', message: 'You have no such key.' })
      if (outcome === 'was revoked') throw new TRPCError({ code: 'CONFLICT', message: 'The key was revoked before.' })
    }),
})

/** Another user is like one that is not there. */
function self({ uuid, slug }: User, given: string): string {
  const reference = readReference(given)
  if (reference?.uuid === uuid || reference?.slug === slug) return uuid
  throw new TRPCError({ code: 'NOT_FOUND', message: 'There is no such user, or you may not see them.' })
}
