import type { MiddlewareHandler } from 'hono'
import { admit, bodyOf } from './refusal.ts'
import type { VerifiedKey } from './verdict.ts'
import type { Verifier } from './verifier.ts'

/**
 * Middleware for routes that require a key, which is then in `context.get('projectKey')`. `project` is the slug or UUID
 * of the one project whose keys are accepted. Other requests get a 401, 403 or 503 (RFC 6750, section 3).
 */
export const requireKey =
  (
    verifier: Verifier,
    { project }: { project?: string } = {},
  ): MiddlewareHandler<{ Variables: { projectKey: VerifiedKey } }> =>
  async (context, next) => {
    const readHeader = (name: string) => context.req.raw.headers.get(name)
    const admitted = await admit({ verifier, readHeader }, { project })
    if ('status' in admitted) return context.json(bodyOf(admitted), admitted.status, admitted.headers)
    context.set('projectKey', admitted)
    await next()
  }
