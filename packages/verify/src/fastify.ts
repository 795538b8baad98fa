import type { FastifyReply, FastifyRequest } from 'fastify'
import { admit, bodyOf } from './refusal.ts'
import type { VerifiedKey } from './verdict.ts'
import type { Verifier } from './verifier.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The key of the request, on routes that have the hook. */
    projectKey?: VerifiedKey
  }
}

/**
 * A hook for routes that require a key: `{ onRequest: requireKey(verifier, { project: 'example' }) }`. `project` is the
 * slug or UUID of the one project whose keys are accepted. Other requests get a 401, 403 or 503 (RFC 6750, section 3).
 */
export const requireKey =
  (verifier: Verifier, { project }: { project?: string } = {}) =>
  async (request: FastifyRequest, reply: FastifyReply) => {
    const guarded = { verifier, readHeader: (name: string) => request.headers[name] }
    const admitted = await admit(guarded, { project, address: request.ip })
    if ('status' in admitted) {
      return reply.code(admitted.status).headers(admitted.headers).send(bodyOf(admitted))
    }
    request.projectKey = admitted
  }
