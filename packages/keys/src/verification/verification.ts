import { type Missing, refusalOf, type Verdict, type VerifiedKey } from '@project-keys/verify'
import { z } from 'zod'
import { readStatement } from '../database/statement.ts'
import { headersOf } from '../trpc/caller.ts'
import type { Context } from '../trpc/context.ts'
import { refusal } from '../trpc/errors.ts'
import { limit } from '../trpc/limit.ts'

type Call = Pick<Context, 'verifier' | 'authorization' | 'requestHeaders' | 'address' | 'limits' | 'headers' | 'now'>

/**
 * The project key of a request, if it is good and belongs to the project. Not a promise if the answer is in memory. Good
 * keys are never limited; bad ones count against their address.
 * @throws 401, 403 for a good key of another project, 429, 503
 */
export function checkKey(ctx: Call, project: string | undefined): VerifiedKey | Promise<VerifiedKey> {
  const verdict = ctx.verifier.forRequest(ctx.authorization, { project, address: ctx.address })
  if (verdict instanceof Promise) return verdict.then((late) => goodKey(ctx, late), unavailable)
  return goodKey(ctx, verdict)
}

/** Refuses a bad request, but first a bad key: only the holder of a good one learns what is wrong. */
export async function refuseRequest(ctx: Call, error: unknown): Promise<never> {
  await checkKey(ctx, undefined)
  throw error
}

const findCreation = readStatement(
  'SELECT creation FROM project_keys WHERE uuid = $1',
  z.object({ creation: z.date() }),
)

/** The facts about a token that RFC 7662 names, or only that it is not active. */
export async function introspect({ verifier, db }: Pick<Context, 'verifier' | 'db'>, token: string) {
  const verdict = await Promise.resolve(verifier.verify(token)).catch(unavailable)
  if (!verdict.valid) return { active: false }
  const { uuid: sub, project, expiration } = verdict.key
  const [row] = await findCreation(db, [sub])
  return { active: true, sub, project, exp: seconds(expiration), ...(row ? { iat: seconds(row.creation) } : {}) }
}

const seconds = (date: Date) => Math.floor(date.getTime() / 1000)

function goodKey(ctx: Call, verdict: Verdict | Missing): VerifiedKey {
  if (verdict.valid) return verdict.key
  const { error_code, message } = refusalOf(verdict, headersOf(ctx))
  if (error_code !== 'missing' && error_code !== 'other_project') limit(ctx, 'authentication', ctx.address)
  throw refusal(error_code, message)
}

const unavailable = (cause: unknown): never => {
  const message = 'The key cannot be verified, because the database does not answer. Try again in a few seconds.'
  throw refusal('database_unavailable', message, cause)
}
