import type { FastifyReply, FastifyRequest } from 'fastify'
import { admit, bodyOf, type GuardOptions } from './refusal.ts'
import type { VerifiedKey } from './verdict.ts'
import type { Verifier } from './verifier.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The key of the request, on routes that have the hook. */
    projectKey?: VerifiedKey
  }
}

/**
 * A hook for routes that require a key: `{ onRequest: requireKey(verifier, { project: 'example' }) }`. Other requests get a
 * 401, 403, 429 or 503 (RFC 6750, section 3). The address of the caller is `request.ip`, unless the option `address` tells it.
 */
export const requireKey =
  (verifier: Verifier, { project, scopes, address }: GuardOptions<FastifyRequest> = {}) =>
  async (request: FastifyRequest, reply: FastifyReply) => {
    const guarded = { verifier, readHeader: (name: string) => request.headers[name] }
    const admitted = await admit(guarded, {
      project,
      scopes,
      ...(address ? { address: address(request) } : callerOf(request)),
    })
    if ('status' in admitted) {
      return reply.code(admitted.status).headers(admitted.headers).send(bodyOf(admitted))
    }
    reply.headers(admitted.headers)
    request.projectKey = admitted.key
  }

/** Behind a proxy that Fastify was not told to trust, `request.ip` is the address of that proxy. */
const callerOf = ({ ip, ips = [], headers }: FastifyRequest) => ({
  address: ip,
  addressInDoubt: headers['x-forwarded-for'] !== undefined && ips.length < 2,
})
