import { z } from 'zod'
import { ResourceId, toReference } from '../fields/fields.ts'
import { OWN_ACCOUNT, SERVER_ADMINS } from '../permissions/who.ts'
import { found } from '../trpc/answers.ts'
import { refusal } from '../trpc/errors.ts'
import { userProcedure } from '../trpc/procedures.ts'
import { OF_USERS } from '../trpc/refusals.ts'
import { findUser } from './users.ts'

/** Requires the user that the call is about, or a server admin. `ctx.person` is that user. */
export const personProcedure = <Shape extends z.ZodRawShape>(shape: Shape) =>
  userProcedure
    .meta({ who: OWN_ACCOUNT, callerRefusals: [...OF_USERS, 'user_not_found'] })
    .input(z.object({ user: ResourceId, ...shape }))
    .use(async ({ ctx, input, next }) => {
      const { user } = Person.parse(input)
      const reference = toReference(user)
      if (reference.uuid === ctx.user.uuid || reference.slug === ctx.user.slug) {
        return next({ ctx: { person: { ...ctx.user, locked: false } } })
      }
      const other = ctx.user.admin && (await findUser(ctx.db, reference))
      return next({ ctx: { person: found(other, noUser) } })
    })

/** Requires a server admin. `ctx.person` is the user that the call is about. */
export const adminPersonProcedure = <Shape extends z.ZodRawShape>(shape: Shape) =>
  personProcedure(shape)
    .meta({ who: SERVER_ADMINS, callerRefusals: [...OF_USERS, 'user_not_found', 'admin_only'] })
    .use(({ ctx, next }) => {
      if (!ctx.user.admin) throw refusal('admin_only', 'Only a server admin may do this.')
      return next()
    })

const noUser = () => refusal('user_not_found', 'There is no such user, or you may not see them.')
const Person = z.object({ user: ResourceId })
