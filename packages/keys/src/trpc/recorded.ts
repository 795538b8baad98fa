import type { TRPCError } from '@trpc/server'
import { countRefusal, isRecorded } from '../audit/refusals.ts'
import type { Caller, Organization } from '../callers/identify.ts'
import { actOf } from './caller.ts'
import type { Context } from './context.ts'
import { errorCodeOf } from './errors.ts'

type Call = Pick<Context, 'db' | 'address' | 'requestId'> & {
  caller: Caller
  organization?: Organization | null
  /** The name of the procedure. */
  path: string
}

/** The answer of a call. If it refuses somebody who is known, it is counted for the audit log. */
export async function recordRefusal<Answer extends { ok: boolean; error?: TRPCError }>(call: Call, answer: Answer) {
  const { db, caller, organization, path } = call
  const error_code = answer.error && errorCodeOf(answer.error)
  const act = actOf(call, caller)
  if (error_code && isRecorded(error_code, act)) {
    await countRefusal(db, { act, procedure: path, error_code, organization: organization?.uuid ?? null })
  }
  return answer
}
