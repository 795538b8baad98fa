import { credentialMistake, ERROR_CODES, type ReadHeader } from '@project-keys/verify'
import { z } from 'zod'
import { type Caller, type Identity, identify, identifyAnonymous, type Rejection, screen } from '../callers/identify.ts'
import type { Act } from '../database/act.ts'
import { readReference } from '../fields/fields.ts'
import type { PlaceKind } from '../permissions/permissions.ts'
import type { Context } from './context.ts'
import { refusal } from './errors.ts'
import { limit } from './limit.ts'

const Target = z.object({ project: z.unknown().optional(), organization: z.unknown().optional() })

type Identified = Identity & Pick<Context, 'now' | 'db'>

/**
 * Identifies the caller and their standing at the target when the body is here, because a right may be taken away while
 * it arrives, and before anything else in the request is checked. The target is therefore read from the REST path alone
 * or, over tRPC, from an input that is not validated yet. Only the kind of `place` that the procedure is about is read,
 * because a call may name another one beside it.
 * @throws 401 for a bad credential, if possible before the body is read; 429 after too many of them
 */
export async function identifyCaller(
  ctx: Context,
  getRawInput: () => Promise<unknown>,
  place: PlaceKind | null,
): Promise<Identified> {
  if (ctx.bodyArrived && ctx.authorization) {
    const rejection = screen(ctx.authorization, ctx)
    if (rejection) throw refuseCredential(ctx, rejection)
  }
  const now = await whenBodyArrived(ctx)
  const given = place && Target.safeParse(ctx.params ?? (await getRawInput())).data?.[place]
  const target = { project: null, organization: null, ...(place && { [place]: readReference(given) }) }
  const { db, tokens, authorization } = ctx
  if (!authorization) return { now, ...(await identifyAnonymous({ db, target })), db }
  const { address, addressInDoubt } = ctx
  const identity = await identify(authorization, { db, tokens, now, target, from: { address, addressInDoubt } })
  if ('error_code' in identity) throw refuseCredential(ctx, identity)
  if (identity.caller.kind === 'user') ctx.noteUser?.(identity.caller.user.uuid)
  if (identity.caller.kind === 'projectKey') countUse(ctx, authorization)
  return { now, ...identity, db: db.by(actOf(ctx, identity.caller)) }
}

/** The actor of a call, and from where they act. */
export function actOf({ address, requestId }: Pick<Context, 'address' | 'requestId'>, caller: Caller): Act {
  const from = { address, request_id: requestId }
  if (caller.kind === 'anonymous') return { kind: 'anonymous', ...from }
  if (caller.kind === 'projectKey') return { kind: 'project_key', key: caller.key.uuid, ...from }
  const user = caller.user.uuid
  if (caller.signedIn) return { kind: 'session', user, ...from }
  return { kind: 'api_token', user, token: caller.token, ...from }
}

/** The time of a call: when its body is here. */
export const whenBodyArrived = async ({ bodyArrived, now }: Context): Promise<Date> =>
  bodyArrived ? bodyArrived() : now

/** A good key in the wrong place is no guess. */
function refuseCredential(ctx: Context, rejection: Rejection) {
  if (ERROR_CODES[rejection.error_code].status === 401) limit(ctx, 'authentication', ctx.address)
  return refusal(rejection.error_code, explain(ctx, rejection))
}

/** Rejects anonymous callers before any query. */
export function requireCredential(ctx: Context): void {
  if (!ctx.authorization) throw missingCredential(ctx)
}

export const missingCredential = (ctx: Headers) => refusal('missing', explain(ctx, NO_CREDENTIAL))

const NO_CREDENTIAL: Rejection = {
  error_code: 'missing',
  message: 'This needs a credential: send the header `Authorization: Bearer TOKEN`.',
}

/** The form of a credential may tell more than the lookup. */
const explain = (ctx: Headers, { error_code, message }: Rejection): string =>
  (['missing', 'invalid_token', 'mistyped'].includes(error_code) && credentialMistake(headersOf(ctx), 'any')) || message

type Headers = Pick<Context, 'authorization' | 'requestHeaders'>
export const headersOf =
  ({ authorization, requestHeaders }: Headers): ReadHeader =>
  (name) =>
    name === 'authorization' ? authorization : requestHeaders?.[name]

/**
 * Counts the use of a project key, as a verification does, but not towards its limit. Not awaited, because the response does
 * not depend on it.
 */
function countUse({ verifier, address, addressInDoubt }: Context, authorization: string) {
  Promise.resolve(verifier.forRequest(authorization, { address, addressInDoubt, unlimited: true })).catch(() => {})
}
