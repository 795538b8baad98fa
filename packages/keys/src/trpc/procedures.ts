import type { ErrorCode } from '@project-keys/verify'
import { redact } from '@project-keys/verify/redact'
import { initTRPC } from '@trpc/server'
import type { OpenApiMeta } from 'trpc-openapi'
import { z } from 'zod'
import { isBasic } from '../callers/basic.ts'
import type { Identity, Organization, Project, User } from '../callers/identify.ts'
import { ResourceId } from '../fields/fields.ts'
import { type Action, may, needsSession, type PlaceKind } from '../permissions/permissions.ts'
import { ANY_CREDENTIAL, CLIENT, EVERY_USER, EVERYONE, ITSELF, SIGNED_IN, VIEWERS, whoMay } from '../permissions/who.ts'
import { actOf, identifyCaller, missingCredential, requireCredential, whenBodyArrived } from './caller.ts'
import { identifyClient } from './client.ts'
import type { Context } from './context.ts'
import { asking, errorCodeOf, explainErrors, refusal } from './errors.ts'
import { recordRefusal } from './recorded.ts'
import { OF_CREDENTIALS, OF_SESSIONS, OF_USERS } from './refusals.ts'
import { requireSession } from './session.ts'

/** For REST: the status of a success, whether anonymous callers are allowed, and how the endpoint is served. */
export type Meta = OpenApiMeta<{
  status?: 200 | 201 | 202 | 204
  anonymous?: true
  /** The credential may also come by Basic. */
  basic?: true
  /** The codes of its refusals: those of its callers, and its own. Those of every request are not among them. */
  callerRefusals?: ErrorCode[]
  refusals?: ErrorCode[]
  /** Served by a route of its own, because it must be fast. */
  plain?: true
  /** Sent as one text of one of these types, by the value of `format`: a call gives one page, and `cursor` the next. `name`: of the file. */
  stream?: { types: Record<string, string>; cursor: string; name: string }
  /** Its input refuses unknown fields, so REST does not leave them out. */
  strict?: true
  /** A sentence about who may call, for the reference. */
  who?: string
}>

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    errorFormatter: ({ shape: { message, code, data }, error, ctx }) => ({
      // tRPC repeats the name of an unknown procedure, and a caller may have put a credential there.
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

const procedure = t.procedure.use(({ next, ctx }) => explainErrors(next, ctx))

/** For every caller, without a look at their credential. */
export const publicProcedure = procedure.meta({ who: EVERYONE }).use(async ({ ctx, path, next }) => {
  const now = await whenBodyArrived(ctx)
  if (ctx.worker) return next({ ctx: { now } })
  const caller = { kind: 'anonymous' as const }
  const db = ctx.db.by(actOf(ctx, caller))
  return recordRefusal({ ...ctx, db, path, caller }, await next({ ctx: { now, db } }))
})

const callerProcedureAt = (place: PlaceKind | null) =>
  procedure.meta({ callerRefusals: OF_CREDENTIALS }).use(async ({ ctx, path, getRawInput, next }) => {
    const identified = await identifyCaller(ctx, getRawInput, place)
    return recordRefusal({ ...ctx, ...identified, path }, await next({ ctx: identified }))
  })

/** Identifies the caller; anonymous callers are allowed. */
export const callerProcedure = callerProcedureAt(null).meta({ who: EVERYONE })

/** With `only`, the message that refuses them, unknown fields are not ignored. */
const inputOf = <Shape extends z.ZodRawShape>(shape: Shape, only: string | undefined) => {
  if (only === undefined) return z.object(shape)
  return z.strictObject(shape, { error: ({ code }) => (code === 'unrecognized_keys' ? only : undefined) })
}

/** Requires a credential of any kind. */
export const credentialProcedure = procedure
  .meta({ who: ANY_CREDENTIAL, callerRefusals: OF_CREDENTIALS })
  .use(async ({ ctx, path, getRawInput, next }) => {
    requireCredential(ctx)
    const { caller, now, db } = await identifyCaller(ctx, getRawInput, null)
    if (caller.kind === 'anonymous') throw missingCredential(ctx)
    return recordRefusal({ ...ctx, db, path, caller }, await next({ ctx: { caller, now, db } }))
  })

/** Requires a project key, which is `ctx.key`. `only`: as above. */
export const projectKeyProcedure = <Shape extends z.ZodRawShape>(shape: Shape, only?: string) =>
  credentialProcedure
    .meta({ who: ITSELF, callerRefusals: [...OF_CREDENTIALS, 'project_key_required'] })
    .use(({ ctx: { caller }, next }) => {
      if (caller.kind === 'projectKey') return next({ ctx: { key: caller.key } })
      throw refusal('project_key_required', 'Only a project key may do this, and only to itself: send one.')
    })
    .input(inputOf(shape, only))

/** Requires the credential of an OAuth client: a user's or a project's, in any of the ways that OAuth knows. */
export const clientProcedure = procedure
  .meta({ who: CLIENT, callerRefusals: OF_CREDENTIALS })
  .use(async ({ ctx, path, getRawInput, next }) => {
    const scheme = isBasic(ctx.authorization) ? 'basic' : 'bearer'
    const identified = await identifyClient(ctx, getRawInput).catch(asking(scheme))
    return recordRefusal({ ...ctx, ...identified, path }, await next({ ctx: identified }))
  })

/** The context of a user's call. `signedIn` is when the session was signed in; null for an API token. */
export type UserContext = Context & { user: User; signedIn: Date | null }

const userProcedureAt = (place: PlaceKind | null) =>
  procedure
    .meta({ callerRefusals: OF_USERS })
    .use(async ({ ctx, path, getRawInput, next }) => {
      requireCredential(ctx)
      const identified = await identifyCaller(ctx, getRawInput, place)
      return recordRefusal({ ...ctx, ...identified, path }, await next({ ctx: identified }))
    })
    .use(({ ctx: { caller }, next }) => {
      if (caller.kind === 'user') return next({ ctx: { user: caller.user, signedIn: caller.signedIn } })
      const message = 'A project key can’t be used here: use an API token of a user, or sign in.'
      throw refusal('project_key_not_accepted', message)
    })

/** Requires a user, by a session or an API token, because a project key manages nothing. */
export const userProcedure = userProcedureAt(null).meta({ who: EVERY_USER })

/** Requires a session. */
export const sessionProcedure = userProcedure
  .meta({ who: SIGNED_IN, callerRefusals: OF_SESSIONS })
  .use(({ ctx, next }) => {
    requireSession(ctx)
    return next()
  })

/**
 * Requires a user who may do this at the project, and puts it in `ctx.project`. Declare all the input here: it is checked
 * before the permission, so that a bad request is a 400 for every user. With `only`, the message that refuses them, unknown
 * fields are not ignored.
 */
export const projectProcedure = <Shape extends z.ZodRawShape>(action: Action, shape: Shape, only?: string) =>
  userProcedureAt('project')
    .meta({ who: whoMay(action, 'project'), callerRefusals: refusalsAt('project', action) })
    .input(inputOf({ project: ResourceId, ...shape }, only))
    .use(({ ctx: { project: place, signedIn }, next }) =>
      next({ ctx: { project: permit(action, 'project', { place, signedIn }) } }),
    )

/** The same for an organization, in `ctx.organization`. */
export const organizationProcedure = <Shape extends z.ZodRawShape>(action: Action, shape: Shape) =>
  userProcedureAt('organization')
    .meta({ who: whoMay(action, 'organization'), callerRefusals: refusalsAt('organization', action) })
    .input(z.object({ organization: ResourceId, ...shape }))
    .use(({ ctx: { organization: place, signedIn }, next }) =>
      next({ ctx: { organization: permit(action, 'organization', { place, signedIn }) } }),
    )

/** Requires a caller who may see the project: its own keys may, and anonymous callers if it is public. */
export const projectViewProcedure = callerProcedureAt('project')
  .meta({ who: VIEWERS, callerRefusals: [...OF_CREDENTIALS, 'project_not_found', 'other_project'] })
  .input(z.object({ project: ResourceId }))
  .use(({ ctx, next }) => next({ ctx: { project: permitView(ctx) } }))

/** Requires the worker of this process. */
export const workerProcedure = publicProcedure.use(({ ctx, next }) => {
  if (!ctx.worker) throw refusal('worker_only', 'Only the service itself may do this.')
  return next()
})

/** A place that a user may not see looks like one that does not exist. */
export function permit<Place extends Project | Organization>(
  action: Action,
  kind: PlaceKind,
  { place, signedIn }: At<Place>,
) {
  if (!place || !may('view', place)) throw notFound(kind)
  if (!may(action, place)) {
    const others = kind === 'project' ? 'a maintainer or a leader of its organization' : 'a leader'
    const message = `Your role in the ${kind} does not allow this (${action}): ask ${others}.`
    throw refusal('permission_denied', message)
  }
  if (needsSession(action)) requireSession({ signedIn })
  return place
}
/** The codes by which `permit` and the identification before it refuse. */
const refusalsAt = (kind: PlaceKind, action: Action): ErrorCode[] => [
  ...(needsSession(action) ? OF_SESSIONS : OF_USERS),
  `${kind}_not_found`,
  'permission_denied',
]

type At<Place> = { place: Place | null; signedIn: Date | null }

function permitView(ctx: Context & Pick<Identity, 'caller' | 'project'>): Project {
  const { caller, project } = ctx
  if (caller.kind === 'projectKey' && project) {
    if (caller.key.project === project.uuid) return project
    if (!may('view', project)) throw notFound('project')
    throw refusal('other_project', 'This key belongs to another project.')
  }
  if (project && may('view', project)) return project
  throw caller.kind === 'anonymous' ? missingCredential(ctx) : notFound('project')
}

const notFound = (kind: PlaceKind) => refusal(`${kind}_not_found`, `There is no such ${kind}, or you may not see it.`)
