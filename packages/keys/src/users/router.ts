import { z } from 'zod'
import { Email, Name, Slug, Uuid } from '../fields.ts'
import { router, userProcedure } from '../trpc.ts'

export const User = z
  .object({ uuid: Uuid, name: Name, slug: Slug, email: Email, admin: z.boolean(), locked: z.boolean() })
  .meta({ id: 'User' })

export const usersRouter = router({
  /** Who is signed in: the console asks. */
  me: userProcedure.output(User).query(({ ctx }) => ({ ...ctx.user, locked: false })),
})
