import type { FastifyInstance, FastifyRequest } from 'fastify'

type Parameters = { Params: Record<string, string | undefined> }

/** The scheme and host that a request line may name before its path (RFC 9112, section 3.2.2). */
const ORIGIN = /^https?:\/\/[^/?#]+/i
/** Bencher's CLI sends `//v0/…`. */
const REST = /^\/+v0\//

/**
 * Answers 404 to every other spelling of a path outside of `/v0`, because the router also finds a route by `//metrics`
 * or `/%6detrics`, and a proxy's rule for `/metrics` must hold for each request that reaches it.
 */
export function requireExactPaths(app: FastifyInstance) {
  app.addHook<Parameters>('onRequest', (request, reply, done) => {
    if (request.is404 || isExact(request)) return done()
    reply.callNotFound()
  })
}

function isExact({ url, params, routeOptions }: FastifyRequest<Parameters>): boolean {
  if (REST.test(url)) return true
  const path = url.replace(ORIGIN, '').replace(/\?.*/s, '')
  return REST.test(path) || path === routeOptions.url?.replace(/:(\w+)/g, (_, name: string) => params[name] ?? '')
}
