import type { Request, RequestHandler } from 'express'
import { admit, bodyOf, type GuardOptions } from './refusal.ts'
import type { Verifier } from './verifier.ts'

/**
 * Middleware for routes that require a key, which is then in `response.locals.projectKey`. Other requests get a 401, 403,
 * 429 or 503 (RFC 6750, section 3). The address of the caller is `request.ip`, unless the option `address` tells it.
 */
export const requireKey =
  (verifier: Verifier, { project, scopes, address }: GuardOptions<Request> = {}): RequestHandler =>
  async (request, response, next) => {
    const guarded = { verifier, readHeader: (name: string) => request.headers[name] }
    const admitted = await admit(guarded, {
      project,
      scopes,
      ...(address ? { address: address(request) } : callerOf(request)),
    })
    if ('status' in admitted) {
      response.status(admitted.status).set(admitted.headers).json(bodyOf(admitted))
      return
    }
    response.set(admitted.headers).locals.projectKey = admitted.key
    next()
  }

/** Behind a proxy that Express was not told to trust, `request.ip` is the address of that proxy. */
const callerOf = ({ ip, ips, headers }: Request) => ({
  address: ip,
  addressInDoubt: headers['x-forwarded-for'] !== undefined && ips.length === 0,
})
