import type { MiddlewareHandler } from 'hono'
import { admit, bodyOf } from './refusal.ts'
import type { VerifiedKey } from './verdict.ts'
import type { Verifier } from './verifier.ts'

/** A middleware for routes that need a key; `context.get('projectKey')` is the one that the request showed. */
export const requireKey =
  (
    verifier: Verifier,
    { project }: { project?: string } = {},
  ): MiddlewareHandler<{ Variables: { projectKey: VerifiedKey } }> =>
  async (context, next) => {
    const admitted = await admit({ verifier, credential: context.req.raw }, { project })
    if ('status' in admitted) return context.json(bodyOf(admitted), admitted.status, admitted.headers)
    context.set('projectKey', admitted)
    await next()
  }
