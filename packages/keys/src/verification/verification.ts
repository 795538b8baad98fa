import {
  type CallOptions,
  type Missing,
  quotaHeaders,
  refusalOf,
  type Verdict,
  type VerifiedKey,
} from '@project-keys/verify'
import { isBasic, readBasic } from '../callers/basic.ts'
import { readStatement } from '../database/statement.ts'
import { headersOf } from '../trpc/caller.ts'
import type { Context } from '../trpc/context.ts'
import { asking, refusal, type Scheme } from '../trpc/errors.ts'
import { limit } from '../trpc/limit.ts'

type Call = Pick<
  Context,
  'verifier' | 'authorization' | 'requestHeaders' | 'address' | 'addressInDoubt' | 'limits' | 'headers' | 'now'
>

/**
 * The project whose keys are accepted, all if there is none, the scopes that the key must have, separated by blanks, and the
 * scheme that a 401 asks for.
 */
export type Asked = { project?: string | undefined; scope?: string | undefined; challenge?: Scheme | undefined }

/**
 * The project key of a request, by Bearer or Basic, if it is good and belongs to the project. Not a promise if the answer
 * is in memory. A good key is limited by nothing but its own limit; bad ones count against their address.
 * @throws 401, 403 for a good key that may not do this, 429, 503
 */
export const checkKey = (ctx: Call, asked: Asked): VerifiedKey | Promise<VerifiedKey> =>
  check(ctx, { project: asked.project, scopes: asked.scope?.split(' ') }, asked.challenge)

function check(ctx: Call, asked: CallOptions, challenge: Scheme = 'bearer'): VerifiedKey | Promise<VerifiedKey> {
  try {
    const call = isBasic(ctx.authorization) ? { ...ctx, authorization: bearerOf(ctx.authorization) } : ctx
    const verdict = call.verifier.forRequest(call.authorization, { ...asked, ...callerOf(call) })
    if (!(verdict instanceof Promise)) return goodKey(call, verdict)
    return verdict.then((late) => goodKey(call, late), unavailable).catch(asking(challenge))
  } catch (error) {
    return asking(challenge)(error)
  }
}

const callerOf = ({ address, addressInDoubt }: Call) => ({ address, addressInDoubt })

/** Git, npm, docker and `curl -u` know only Basic. The key is the password or, without one, the user name. */
function bearerOf(authorization: string): string {
  const { user = '', password = '' } = readBasic(authorization) ?? {}
  if (password || user) return `Bearer ${password || user}`
  throw refusal('missing', 'The Basic credential must have a project key as its password.')
}

/**
 * Refuses a bad request, but first a bad key: only the holder of a good one learns what is wrong. It does not count towards
 * the limit of the key.
 */
export async function refuseRequest(ctx: Call, error: unknown): Promise<never> {
  await check(ctx, { unlimited: true })
  throw error
}

const findCreation = readStatement<{ creation: string }>('SELECT creation FROM project_keys WHERE uuid = $1')

/** A token, and the address of its holder. */
export type Introspected = { token: string; address?: string | undefined }

/** The facts about a token that RFC 7662 names, or only that it is not active. It does not count towards a limit. */
export async function introspect({ verifier, db }: Pick<Context, 'verifier' | 'db'>, { token, address }: Introspected) {
  const verdict = await Promise.resolve(verifier.verify(token, { address, unlimited: true })).catch(unavailable)
  if (!verdict.valid) return { active: false }
  const { uuid: sub, project, expiration, description, scopes, external_id, metadata } = verdict.key
  const [row] = await findCreation(db, [sub])
  return {
    active: true,
    sub,
    project,
    exp: seconds(expiration),
    ...(row ? { iat: seconds(new Date(row.creation)) } : {}),
    ...(scopes && { scope: scopes.join(' ') }),
    ...(description !== null && { description }),
    ...(external_id !== null && { external_id }),
    ...(metadata && { metadata }),
  }
}

const seconds = (date: Date) => Math.floor(date.getTime() / 1000)

/** The header Evidence-Age, in seconds, says that the database is away and what happened since is not known. */
function goodKey(ctx: Call, verdict: Verdict | Missing): VerifiedKey {
  if ('evidenceAge' in verdict) ctx.headers['evidence-age'] = String(verdict.evidenceAge)
  if (verdict.valid) {
    if (verdict.quota) Object.assign(ctx.headers, quotaHeaders(verdict.quota))
    return verdict.key
  }
  const { status, headers, error_code, message } = refusalOf(verdict, headersOf(ctx))
  if (status === 401 && error_code !== 'missing') limit(ctx, 'authentication', ctx.address)
  if (error_code === 'insufficient_scope' || error_code === 'key_rate_limited') Object.assign(ctx.headers, headers)
  throw refusal(error_code, message)
}

const unavailable = (cause: unknown): never => {
  const message = 'The key cannot be verified, because the database does not answer. Try again in a few seconds.'
  throw refusal('database_unavailable', message, cause)
}
