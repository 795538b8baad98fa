import type { RequestHandler } from 'express'
import { admit, bodyOf } from './refusal.ts'
import type { Verifier } from './verifier.ts'

/**
 * Middleware for routes that require a key, which is then in `response.locals.projectKey`. `project` is the slug or
 * UUID of the one project whose keys are accepted. Other requests get a 401, 403 or 503 (RFC 6750, section 3).
 */
export const requireKey =
  (verifier: Verifier, { project }: { project?: string } = {}): RequestHandler =>
  async (request, response, next) => {
    const guarded = { verifier, readHeader: (name: string) => request.headers[name] }
    const admitted = await admit(guarded, { project, address: request.ip })
    if ('status' in admitted) {
      response.status(admitted.status).set(admitted.headers).json(bodyOf(admitted))
      return
    }
    response.locals.projectKey = admitted
    next()
  }
