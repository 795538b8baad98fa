import type { Context, MiddlewareHandler } from 'hono'
import { admit, bodyOf, type GuardOptions } from './refusal.ts'
import type { VerifiedKey } from './verdict.ts'
import type { Verifier } from './verifier.ts'

/**
 * Middleware for routes that require a key, which is then in `context.get('projectKey')`. Other requests get a 401, 403, 429
 * or 503 (RFC 6750, section 3). Hono knows no address of the caller, so the option `address` has to tell it: without one, a
 * key with networks is refused.
 */
export const requireKey =
  (
    verifier: Verifier,
    { project, scopes, address }: GuardOptions<Context> = {},
  ): MiddlewareHandler<{ Variables: { projectKey: VerifiedKey } }> =>
  async (context, next) => {
    const readHeader = (name: string) => context.req.raw.headers.get(name)
    const admitted = await admit({ verifier, readHeader }, { project, scopes, address: address?.(context) })
    if ('status' in admitted) return context.json(bodyOf(admitted), admitted.status, admitted.headers)
    context.set('projectKey', admitted.key)
    for (const [name, value] of Object.entries(admitted.headers)) context.header(name, value)
    await next()
  }
