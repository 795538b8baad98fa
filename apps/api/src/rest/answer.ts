import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** What every answer of the API carries: any origin may read it, no cache may keep it, no browser may guess its type. */
export const commonHeaders = (requestId: string) => ({
  'x-request-id': requestId,
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'X-Total-Count, X-Project, X-Project-Key, X-Request-Id, Retry-After, WWW-Authenticate',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
})

const JSON_TYPE = 'application/json'
const asItIs = (text: string) => text

/**
 * JSON has no charset (RFC 8259), and Fastify adds one unless a serializer is set. As a text, not as bytes, head and
 * body leave in one write.
 */
export const sendJson = (reply: FastifyReply, value: unknown) =>
  reply.header('content-type', JSON_TYPE).serializer(asItIs).send(JSON.stringify(value))

/** The one shape of every refusal. */
export const refuse = (request: FastifyRequest, reply: FastifyReply, status: number, message: string) =>
  sendJson(reply.code(status).headers(commonHeaders(request.id)), { request_id: request.id, message })

/** The same for what never became a request: written to the connection by hand, which then ends. */
export function refuseSocket(socket: Socket, status: number, message: string) {
  if (!socket.writable) return socket.destroy()
  const id = randomUUID()
  const body = JSON.stringify({ request_id: id, message })
  const headers = {
    ...commonHeaders(id),
    'content-type': JSON_TYPE,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
}
