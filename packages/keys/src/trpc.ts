import { initTRPC, TRPCError } from '@trpc/server'
import type { OpenApiMeta } from 'trpc-openapi'
import { z } from 'zod'
import { type Caller, identify, type Project } from './auth/identify.ts'
import type { Context } from './context.ts'
import { isAway, isTransient } from './database/faults.ts'
import { ResourceId, readReference } from './fields.ts'
import { type Action, may } from './permissions.ts'

/** What REST needs to know of a procedure beyond its path: the status of its success, and who must have called. */
export type Meta = OpenApiMeta<{ status?: 200 | 201 | 202 | 204 }>

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    errorFormatter: ({ shape, ctx }) => ({
      message: shape.message,
      code: shape.code,
      data: {
        code: shape.data.code,
        httpStatus: shape.data.httpStatus,
        path: shape.data.path,
        request_id: ctx?.requestId,
      },
    }),
  })

export const { router, createCallerFactory } = t

const ATTEMPTS = 4

/** Each error leaves as a sentence for people; what PostgreSQL asks to do again is done again. */
export const publicProcedure = t.procedure.use(async ({ next, ctx }) => {
  let result = await next()
  for (let attempt = 1; !result.ok && isTransient(result.error) && attempt < ATTEMPTS; attempt++) result = await next()
  if (result.ok) return result
  const error = asSentence(result.error)
  if (error.code === 'SERVICE_UNAVAILABLE') ctx.headers['retry-after'] = '5'
  if (error.code === 'UNAUTHORIZED') ctx.headers['www-authenticate'] = challenge(ctx.authorization)
  throw error
})

/** Who calls is known before anything else about the request is looked at. */
const identifiedProcedure = publicProcedure.use(async ({ ctx, getRawInput, next }) => {
  const given = ctx.params ?? (await getRawInput())
  const project = readReference(given && typeof given === 'object' && 'project' in given ? given.project : null)
  const identity = await identify(ctx.authorization, { ...ctx, project })
  if ('refused' in identity) throw new TRPCError({ code: 'UNAUTHORIZED', message: identity.refused })
  return next({ ctx: identity })
})

/** For users alone, signed in or by an API token: a project's key manages nothing. */
export const userProcedure = identifiedProcedure.use(({ ctx, next }) => {
  if (ctx.caller.kind === 'project') {
    throw new TRPCError({
      code: 'FORBIDDEN',
      message: 'A project key can’t be used here: use an API token of a user, or sign in.',
    })
  }
  return next({ ctx: { user: ctx.caller.user, by: ctx.caller.by } })
})

/**
 * For who may manage this project: `ctx.project` is it. Give all the input here: it is checked before the permission,
 * so that a bad request is a 400 for everybody.
 */
export const manageProcedure = <Shape extends z.ZodRawShape>(shape: Shape) =>
  userProcedure
    .input(z.object({ project: ResourceId, ...shape }))
    .use(({ ctx, next }) => next({ ctx: { project: permit('manage', ctx.caller, ctx.project) } }))

/** For who may see this project, its own keys among them. */
export const viewProcedure = identifiedProcedure
  .input(z.object({ project: ResourceId }))
  .use(({ ctx, next }) => next({ ctx: { project: permit('view', ctx.caller, ctx.project) } }))

/** For the worker of this very process. */
export const workerProcedure = publicProcedure.use(({ ctx, next }) => {
  if (!ctx.worker) throw new TRPCError({ code: 'FORBIDDEN', message: 'Only the service itself may do this.' })
  return next()
})

/** What a caller may not see is like what is not there. */
function permit(action: Action, caller: Caller, project: Project | null): Project {
  if (!project || !visible(caller, project)) {
    throw new TRPCError({ code: 'NOT_FOUND', message: 'There is no such project, or you may not see it.' })
  }
  if (caller.kind === 'project' ? caller.key.project === project.uuid : may(action, project)) return project
  throw new TRPCError({
    code: 'FORBIDDEN',
    message:
      caller.kind === 'project'
        ? 'This key belongs to another project.'
        : `You may not ${action} this project: ask one of its maintainers, or a leader of its organization.`,
  })
}

const visible = (caller: Caller, project: Project) =>
  may('view', project) || (caller.kind === 'project' && caller.key.project === project.uuid)

function asSentence(error: TRPCError): TRPCError {
  if (isAway(error)) {
    const message = 'The database does not answer at the moment. Try again in a few seconds.'
    return new TRPCError({ code: 'SERVICE_UNAVAILABLE', message, cause: error.cause })
  }
  if (error.code === 'BAD_REQUEST' && error.cause instanceof z.ZodError) {
    return new TRPCError({ code: 'BAD_REQUEST', message: sentenceOf(error.cause) })
  }
  if (error.code === 'INTERNAL_SERVER_ERROR') {
    const message = 'Something went wrong here, and it is not your fault. Tell the operator the request id.'
    return new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message, cause: error.cause })
  }
  return error
}

const sentenceOf = ({ issues }: z.ZodError) =>
  issues.map(({ path, message }) => `${path.length > 0 ? path.join('.') : 'The input'}: ${message}.`).join(' ')

/** RFC 6750, section 3: an error is named only where a credential was shown. */
const challenge = (authorization: string | undefined) =>
  authorization ? 'Bearer realm="Project Keys", error="invalid_token"' : 'Bearer realm="Project Keys"'
