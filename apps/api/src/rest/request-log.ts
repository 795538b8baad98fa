import type { IncomingMessage } from 'node:http'
import { isIP, type Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { currentRequest } from '../process/json-lines.ts'

type AddressOf = (request: FastifyRequest) => string

/** A request that Node could not read, answered on its socket. */
export type RefusedOnSocket = { id: string; status: number; socket: Socket }

export type RequestLog = ReturnType<typeof logRequests>

/**
 * Writes one line for each request when its response has left or its connection has ended, whatever LOG_LEVEL is. It names
 * the route and never the URL, because people put secrets in URLs.
 */
export function logRequests(app: FastifyInstance, addressOf: AddressOf) {
  const log = app.log.child({}, { level: 'info' })
  const users = new WeakMap<IncomingMessage, string>()
  const underWay = new WeakMap<Socket, number>()
  const count = (socket: Socket, more: number) => underWay.set(socket, (underWay.get(socket) ?? 0) + more)

  const watch = (request: FastifyRequest, reply: FastifyReply) => {
    const { raw, method } = request
    const { socket } = raw
    const [began, bytesBefore] = [performance.now(), socket.bytesWritten]
    count(socket, 1)
    reply.raw.once('close', () => {
      count(socket, -1)
      log.info(
        {
          reqId: request.id,
          method,
          route: request.is404 ? null : (request.routeOptions.url ?? null),
          status: reply.raw.headersSent ? reply.raw.statusCode : null,
          ms: Math.round((performance.now() - began) * 100) / 100,
          bytes: socket.bytesWritten - bytesBefore,
          address: plain(addressOf(request)),
          user: users.get(raw),
          aborted: reply.raw.writableFinished ? undefined : true,
        },
        'request',
      )
    })
  }

  app.addHook('onRequest', (request, reply, done) => {
    watch(request, reply)
    currentRequest.run(request.id, done)
  })

  return {
    watch,
    noteUser: ({ raw }: FastifyRequest, user: string) => void users.set(raw, user),
    refusedOnSocket: ({ id, status, socket }: RefusedOnSocket) => {
      // Then the request has a line of its own.
      if (underWay.get(socket)) return
      const address = plain(socket.remoteAddress ?? '')
      log.info({ reqId: id, method: null, route: null, status, ms: 0, bytes: socket.bytesWritten, address }, 'request')
    },
  }
}

/** A proxy may tell any text. */
const plain = (address: string) => (isIP(address) ? address : null)
