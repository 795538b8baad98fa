import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { ERROR_CODES, type ErrorCode } from '@project-keys/keys'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { JSON_TYPE } from './body.ts'

/** The headers of every response: any origin may read it, no cache may store it, no browser may guess its type. */
export const commonHeaders = (requestId: string) => ({
  'x-request-id': requestId,
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'X-Total-Count, X-Project, X-Project-Key, X-Scopes, X-External-Id, RateLimit, RateLimit-Policy, Evidence-Age, X-Request-Id, Allow, Retry-After, WWW-Authenticate',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
})

type Parameters = { Params: Record<string, string> }
export type Request = FastifyRequest<Parameters>
type Answer = (request: Request, reply: FastifyReply) => Promise<FastifyReply>

/** Answers at a path such as `/v0/projects/{project}`, before Fastify checks the type of the body. */
export function answerAt(app: FastifyInstance, method: string[], path: string, answer: Answer) {
  const url = path.replace(/\{(\w+)\}/g, ':$1')
  app.route<Parameters>({ method, url, exposeHeadRoute: false, onRequest: answer, handler: answer })
}

const unchanged = (text: string) => text

/**
 * Sets a serializer, because Fastify adds a charset otherwise, which JSON does not have (RFC 8259). Sends a string, not
 * bytes, so that head and body leave in one write.
 */
export const sendJson = (reply: FastifyReply, value: unknown) =>
  reply.header('content-type', JSON_TYPE).serializer(unchanged).send(JSON.stringify(value))

/** Refuses a request. All refusals have this shape. */
export function refuse({ id }: FastifyRequest, reply: FastifyReply, error_code: ErrorCode, message: string) {
  reply.code(ERROR_CODES[error_code].status).headers(commonHeaders(id))
  return sendJson(reply, errorBody(id, error_code, message))
}

export const errorBody = (request_id: string, error_code: ErrorCode, message: string) => ({
  request_id,
  message,
  error_code,
})

/** In ms: how long a client may take to read a refusal and to end its side of the connection. */
const CLOSED_WITHIN = 5000

/**
 * The same for bytes that are not a valid request: writes the response itself and closes the connection, because Node
 * no longer looks after it. Without a listener, a client that resets it would end this process.
 */
export function refuseSocket(
  socket: Socket,
  error_code: ErrorCode,
  message: string,
): { id: string; status: number } | null {
  socket.on('error', () => socket.destroy())
  if (!socket.writable) {
    socket.destroy()
    return null
  }
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
  const late = setTimeout(() => socket.destroy(), CLOSED_WITHIN)
  socket.once('close', () => clearTimeout(late))
  return { id, status }
}
