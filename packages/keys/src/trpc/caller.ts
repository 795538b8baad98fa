import { z } from 'zod'
import { type Identity, identify, identifyNobody } from '../callers/identify.ts'
import { readReference } from '../fields/fields.ts'
import type { Context } from './context.ts'
import { refusal } from './errors.ts'
import { limit } from './limit.ts'

const Target = z.object({ project: z.unknown().optional(), organization: z.unknown().optional() })

/**
 * Who calls, and what they are at what the call is about: known before anything else about the request is looked at, so
 * from a REST path alone and, for tRPC, from an input that nobody has checked yet.
 * @throws UNAUTHORIZED for a credential that is not good, TOO_MANY_REQUESTS for the one too many
 */
export async function whoCalls(ctx: Context, getRawInput: () => Promise<unknown>): Promise<Identity> {
  const given = Target.safeParse(ctx.params ?? (await getRawInput())).data
  const target = { project: readReference(given?.project), organization: readReference(given?.organization) }
  const { db, tokens, now, authorization } = ctx
  if (!authorization) return identifyNobody({ db, target })
  const identity = await identify(authorization, { db, tokens, now, target })
  if ('error_code' in identity) {
    limit(ctx, 'authentication', ctx.address)
    throw refusal(identity.error_code, identity.message)
  }
  if (identity.caller.kind === 'project') countUse(ctx, authorization)
  return identity
}

/** Nobody is refused before the database is asked anything. */
export function refuseNobody({ authorization }: Context): void {
  if (!authorization) throw noCredential()
}

export const noCredential = () =>
  refusal('missing', 'This needs a credential: send the header `Authorization: Bearer TOKEN`.')

/** A project key that was used here counts like one that was verified; nobody waits for it. */
function countUse({ verifier, address }: Context, authorization: string) {
  Promise.resolve(verifier.forRequest(authorization, { address })).catch(() => {})
}
