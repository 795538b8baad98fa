import { redact } from '@project-keys/verify/redact'
import { initTRPC } from '@trpc/server'
import type { OpenApiMeta } from 'trpc-openapi'
import { z } from 'zod'
import type { Caller, Organization, Project, User } from '../callers/identify.ts'
import { ResourceId } from '../fields/fields.ts'
import { type Action, may } from '../permissions/permissions.ts'
import { noCredential, refuseNobody, whoCalls } from './caller.ts'
import type { Context } from './context.ts'
import { answerInSentences, errorCodeOf, refusal } from './errors.ts'

/** What REST needs to know of a procedure beyond its path: its success's status, whether nobody may call, and how. */
export type Meta = OpenApiMeta<{
  status?: 200 | 201 | 202 | 204
  anonymous?: true
  /** Served by a route of its own, without the walker's costs. */
  plain?: true
}>

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    errorFormatter: ({ shape: { message, code, data }, error, ctx }) => ({
      // tRPC repeats the name of a procedure that does not exist, whatever it is.
      message: redact(message),
      code,
      data: {
        code: data.code,
        httpStatus: data.httpStatus,
        path: redact(data.path ?? ''),
        request_id: ctx?.requestId,
        error_code: errorCodeOf(error),
      },
    }),
  })

export const { router, createCallerFactory } = t

/** For everybody. */
export const publicProcedure = t.procedure.use(({ next, ctx }) => answerInSentences(next, ctx))

/** For everybody, each as who they are; nobody is somebody too. */
export const visitorProcedure = publicProcedure.use(async ({ ctx, getRawInput, next }) =>
  next({ ctx: await whoCalls(ctx, getRawInput) }),
)

/** For who shows a credential, of a user or of a project. */
export const somebodyProcedure = publicProcedure.use(async ({ ctx, getRawInput, next }) => {
  refuseNobody(ctx)
  return next({ ctx: await whoCalls(ctx, getRawInput) })
})

/** What a user's call knows. */
export type UserContext = Context & { user: User; by: 'session' | 'key' }

/** For users alone, signed in or by an API token: a project's key manages nothing. */
export const userProcedure = publicProcedure.use(async ({ ctx, getRawInput, next }) => {
  refuseNobody(ctx)
  const { caller, ...target } = await whoCalls(ctx, getRawInput)
  if (caller.kind !== 'user') {
    const message = 'A project key can’t be used here: use an API token of a user, or sign in.'
    throw refusal('project_key_not_accepted', message)
  }
  return next({ ctx: { ...target, user: caller.user, by: caller.by } })
})

/**
 * For users who may do this at a project: `ctx.project` is it. Give all the input here: it is checked before the
 * permission, so that a bad request is a 400 for everybody.
 */
export const projectProcedure = <Shape extends z.ZodRawShape>(action: Action, shape: Shape) =>
  userProcedure
    .input(z.object({ project: ResourceId, ...shape }))
    .use(({ ctx, next }) => next({ ctx: { project: permit(action, 'project', ctx.project) } }))

/** The same at an organization: `ctx.organization` is it. */
export const organizationProcedure = <Shape extends z.ZodRawShape>(action: Action, shape: Shape) =>
  userProcedure
    .input(z.object({ organization: ResourceId, ...shape }))
    .use(({ ctx, next }) => next({ ctx: { organization: permit(action, 'organization', ctx.organization) } }))

/** For everybody who may see the project: its own keys and, where it is public, even nobody. */
export const projectVisitorProcedure = visitorProcedure
  .input(z.object({ project: ResourceId }))
  .use(({ ctx: { caller, project }, next }) => next({ ctx: { project: permitVisit(caller, project) } }))

/** For the worker of this very process. */
export const workerProcedure = publicProcedure.use(({ ctx, next }) => {
  if (!ctx.worker) throw refusal('worker_only', 'Only the service itself may do this.')
  return next()
})

type Kind = 'project' | 'organization'

/** What a user may not see is like what is not there. */
export function permit<Place extends Project | Organization>(action: Action, kind: Kind, place: Place | null): Place {
  if (!place || !may('view', place)) throw notFound(kind)
  if (may(action, place)) return place
  const message = `You may not do this (${action}) here: ask who manages the ${kind}, or a leader of the organization.`
  throw refusal('permission_denied', message)
}

function permitVisit(caller: Caller, project: Project | null): Project {
  if (caller.kind === 'project' && project) {
    if (caller.key.project === project.uuid) return project
    if (!may('view', project)) throw notFound('project')
    throw refusal('other_project', 'This key belongs to another project.')
  }
  if (project && may('view', project)) return project
  throw caller.kind === 'anonymous' ? noCredential() : notFound('project')
}

const notFound = (kind: Kind) => refusal(`${kind}_not_found`, `There is no such ${kind}, or you may not see it.`)
