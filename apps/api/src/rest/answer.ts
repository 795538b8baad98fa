import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { ERROR_CODES, type ErrorCode } from '@project-keys/keys'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { JSON_TYPE } from './body.ts'

/** What every answer of the API carries: any origin may read it, no cache may keep it, no browser may guess its type. */
export const commonHeaders = (requestId: string) => ({
  'x-request-id': requestId,
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'X-Total-Count, X-Project, X-Project-Key, X-Request-Id, Retry-After, WWW-Authenticate',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
})

const asItIs = (text: string) => text

/**
 * JSON has no charset (RFC 8259), and Fastify adds one unless a serializer is set. As a text, not as bytes, head and
 * body leave in one write.
 */
export const sendJson = (reply: FastifyReply, value: unknown) =>
  reply.header('content-type', JSON_TYPE).serializer(asItIs).send(JSON.stringify(value))

/** The one shape of every refusal. */
export const refuse = ({ id }: FastifyRequest, reply: FastifyReply, error_code: ErrorCode, message: string) =>
  sendJson(reply.code(ERROR_CODES[error_code].status).headers(commonHeaders(id)), errorBody(id, error_code, message))

const errorBody = (request_id: string, error_code: ErrorCode, message: string) => ({ request_id, message, error_code })

/** The same for what never became a request: written to the connection by hand, which then ends. */
export function refuseSocket(socket: Socket, error_code: ErrorCode, message: string) {
  if (!socket.writable) return socket.destroy()
  const id = randomUUID()
  const { status } = ERROR_CODES[error_code]
  const body = JSON.stringify(errorBody(id, error_code, message))
  const headers = {
    ...commonHeaders(id),
    'content-type': JSON_TYPE,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
}
