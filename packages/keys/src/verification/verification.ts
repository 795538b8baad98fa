import { type Missing, refusalOf, type Verdict, type VerifiedKey } from '@project-keys/verify'
import { z } from 'zod'
import { readStatement } from '../database/statement.ts'
import type { Context } from '../trpc/context.ts'
import { refusal } from '../trpc/errors.ts'
import { limit } from '../trpc/limit.ts'

type Call = Pick<Context, 'verifier' | 'authorization' | 'address' | 'limits' | 'headers' | 'now'>

/**
 * The key that a request shows, if it is good and of the project that is asked for. Memory answers at once; a good key
 * is never limited, guesses count by address.
 * @throws UNAUTHORIZED, FORBIDDEN for a good key of another project, TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE
 */
export function checkKey(ctx: Call, project: string | undefined): VerifiedKey | Promise<VerifiedKey> {
  const verdict = ctx.verifier.forRequest(ctx.authorization, { project, address: ctx.address })
  if (verdict instanceof Promise) return verdict.then((late) => goodKey(ctx, late), unavailable)
  return goodKey(ctx, verdict)
}

/** What is wrong with a request is for who shows a good key: all others are told first that they show none. */
export async function refuseRequest(ctx: Call, error: unknown): Promise<never> {
  await checkKey(ctx, undefined)
  throw error
}

const findCreation = readStatement(
  'SELECT creation FROM project_keys WHERE uuid = $1',
  z.object({ creation: z.date() }),
)

/** What RFC 7662 wants to know of a token; of all that is no good project key it is told nothing. */
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
  const { error_code, message } = refusalOf(verdict)
  if (error_code !== 'missing' && error_code !== 'other_project') limit(ctx, 'authentication', ctx.address)
  throw refusal(error_code, message)
}

const unavailable = (cause: unknown): never => {
  const message =
    'The key can be neither trusted nor refused now: the database does not answer. Try again in a few seconds.'
  throw refusal('database_unavailable', message, cause)
}
