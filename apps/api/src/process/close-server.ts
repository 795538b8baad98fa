import type { FastifyInstance } from 'fastify'

/**
 * Takes no new requests and lets those in flight finish, for `patience` ms; their connections end with them. One that
 * was opened and asks nothing counts as in flight, for Node can't tell it from a request that is late.
 */
export async function closeServer(app: FastifyInstance, patience: number) {
  const idle = setInterval(() => app.server.closeIdleConnections(), 50)
  const impatience = setTimeout(() => app.server.closeAllConnections(), patience)
  await app.close()
  clearInterval(idle)
  clearTimeout(impatience)
}
