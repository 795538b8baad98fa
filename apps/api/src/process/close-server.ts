import type { FastifyInstance } from 'fastify'

/**
 * Accepts no new connections, lets requests in flight finish, and closes all connections after the timeout. A connection
 * without a request counts as in flight, because Node cannot tell it from a request that is late.
 */
export async function closeServer(app: FastifyInstance, timeoutMs: number) {
  const idle = setInterval(() => app.server.closeIdleConnections(), 50)
  const timeout = setTimeout(() => app.server.closeAllConnections(), timeoutMs)
  await app.close()
  clearInterval(idle)
  clearTimeout(timeout)
}
