import type { Socket } from 'node:net'
import { type ErrorCode, errorCodeOf, internalError } from '@project-keys/keys'
import { TRPCError } from '@trpc/server'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { refuse, refuseSocket } from './answer.ts'
import type { RefusedOnSocket } from './request-log.ts'

/** Answers an error of a procedure or of Fastify. */
export function answerError(error: FastifyError | TRPCError, request: FastifyRequest, reply: FastifyReply) {
  const isBadRequest = !(error instanceof TRPCError) && (error.statusCode ?? 500) < 500
  if (isBadRequest) return answerBadRequest(error, request, reply)
  const refused = error instanceof TRPCError ? error : internalError(error)
  logFailure(request, refused)
  return refuse(request, reply, errorCodeOf(refused), refused.message)
}

const CODE_OF_STATUS: Record<number, ErrorCode> = {
  403: 'permission_denied',
  404: 'route_not_found',
  413: 'body_too_large',
  415: 'unsupported_media_type',
}

/** Answers a request that Fastify itself refuses. */
export function answerBadRequest(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const { code, statusCode = 400, message } = error
  if (code === 'FST_ERR_BAD_URL') {
    return refuse(request, reply, 'invalid_path', 'A % in the path must be followed by the code of a letter in UTF-8.')
  }
  return refuse(request, reply, CODE_OF_STATUS[statusCode] ?? 'invalid_request', message.replace(/\.*$/, '.'))
}

/** Logs an error that is not the client's mistake, and as a warning one that a schema should have found. */
export function logFailure(request: FastifyRequest, error: TRPCError) {
  if (error.cause instanceof TRPCError) request.log.warn({ err: error.cause.cause }, error.message)
  if (getHTTPStatusCodeFromError(error) >= 500) request.log.error({ err: error.cause ?? error }, error.code)
}

const BROKEN_HTTP: Record<string, [ErrorCode, string]> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The headers must have at most 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request took too long to arrive.'],
}

/** Takes each request that was refused on its socket. */
type Tell = (refused: RefusedOnSocket) => void

/** Answers bytes that Node cannot read as a request. */
export function refuseBrokenHttp(error: Error & { code?: string }, socket: Socket, tell: Tell) {
  const [code, message] = BROKEN_HTTP[error.code ?? ''] ?? ['invalid_http', 'The request must be valid HTTP.']
  refuseAndTell(socket, [code, message], tell)
}

function refuseAndTell(socket: Socket, [code, message]: [ErrorCode, string], tell: Tell) {
  const refused = refuseSocket(socket, code, message)
  if (refused) tell({ ...refused, socket })
}

/** Answers `Expect` and `CONNECT` itself, because Node refuses them without a body. */
export function refuseExpectations(app: FastifyInstance, tell: Tell) {
  app.server.on('checkExpectation', ({ socket }) =>
    refuseAndTell(socket, ['expectation_failed', 'The header Expect must be `100-continue`.'], tell),
  )
  app.server.on('connect', (_request, socket: Socket) =>
    refuseAndTell(socket, ['method_not_allowed', 'CONNECT is not allowed here.'], tell),
  )
}
