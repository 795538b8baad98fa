import { z } from 'zod'
import { EXAMPLES } from '../fields/examples.ts'
import { ProjectUuid, StoredUuid } from '../fields/stored.ts'
import { refusal } from '../trpc/errors.ts'
import { limit } from '../trpc/limit.ts'
import { router, userProcedure } from '../trpc/procedures.ts'
import { findManagedKey } from './find.ts'

/** Longer than any key: a text that was pasted by mistake is found nowhere. */
const MOST_LETTERS = 1024

export const keysRouter = router({
  find: userProcedure
    .input(
      z.object({
        key: z
          .string('must be a string')
          .min(1, 'must not be empty')
          .max(MOST_LETTERS, `must have at most ${MOST_LETTERS} characters`)
          .meta({ description: 'The key itself, also one that has ended.', example: EXAMPLES.projectKey }),
      }),
    )
    .meta({
      refusals: ['key_not_found'],
      openapi: {
        method: 'POST',
        path: '/v0/keys/find',
        tags: ['project keys'],
        summary: 'Find a project key by the key itself',
        description:
          'For a key that turned up somewhere: tells which key of which project it is, to those who may manage that project, so that they can revoke it. For everybody else it is a 404, the same as for a key that never was. Each 404 counts as a bad credential of your address.',
      },
    })
    .output(z.object({ project: ProjectUuid, uuid: StoredUuid }).meta({ id: 'FoundKey' }))
    .mutation(async ({ ctx, input: { key } }) => {
      const found = await findManagedKey(ctx.db, { key, user: ctx.user })
      if (found) return found
      limit(ctx, 'authentication', ctx.address)
      throw refusal('key_not_found', 'No project that you manage has this key.')
    }),
})
