import { ERROR_CODES, type ErrorCode, isErrorCode } from '@project-keys/verify'
import { TRPCError } from '@trpc/server'
import { z } from 'zod'
import { isAway, isTransient, isUnstorable } from '../database/faults.ts'
import type { Context } from './context.ts'

const ATTEMPTS = 4

type Answering = Pick<Context, 'headers' | 'authorization'>
type Result = { ok: true } | { ok: false; error: TRPCError }

const TRPC_CODES = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_SUPPORTED',
  408: 'TIMEOUT',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  // tRPC has no code for 417 and 431, which only the HTTP server answers.
  417: 'BAD_REQUEST',
  422: 'UNPROCESSABLE_CONTENT',
  429: 'TOO_MANY_REQUESTS',
  431: 'BAD_REQUEST',
  500: 'INTERNAL_SERVER_ERROR',
  503: 'SERVICE_UNAVAILABLE',
} as const satisfies Record<(typeof ERROR_CODES)[ErrorCode]['status'], TRPCError['code']>

/** Makes the error that refuses a call; its code decides the HTTP status. */
export function refusal(error_code: ErrorCode, message: string, cause?: unknown): TRPCError {
  const code = TRPC_CODES[ERROR_CODES[error_code].status]
  return Object.assign(new TRPCError({ code, message, cause }), { error_code })
}

/** The scheme of the credential that a 401 asks for. */
export type Scheme = 'bearer' | 'basic'

/** Makes the 401 of an error ask for this scheme; Bearer unless it is called. */
export const asking =
  (scheme: Scheme) =>
  (error: unknown): never => {
    throw error instanceof TRPCError ? Object.assign(error, { scheme }) : error
  }

/** The code of any error, including those that tRPC makes itself. */
export function errorCodeOf(error: TRPCError): ErrorCode {
  if ('error_code' in error && isErrorCode(error.error_code)) return error.error_code
  switch (error.code) {
    case 'NOT_FOUND':
      return 'route_not_found'
    case 'METHOD_NOT_SUPPORTED':
      return 'method_not_allowed'
    case 'UNSUPPORTED_MEDIA_TYPE':
      return 'unsupported_media_type'
    case 'INTERNAL_SERVER_ERROR':
      return 'internal_error'
    default:
      return 'invalid_request'
  }
}

/** Retries deadlocks and serialization failures, and explains every other error. */
export async function explainErrors<Answer extends Result>(next: () => Promise<Answer>, answering: Answering) {
  let result = await next()
  for (let attempt = 1; !result.ok && isTransient(result.error) && attempt < ATTEMPTS; attempt++) result = await next()
  if (result.ok) return result
  throw explainError(result.error, answering)
}

/** The error with a message for people. Adds the headers that belong to it. */
export function explainError(cause: TRPCError, { headers, authorization }: Answering): TRPCError {
  const error = withMessage(cause)
  if (error.code === 'SERVICE_UNAVAILABLE') headers['retry-after'] = '5'
  if (error.code === 'UNAUTHORIZED') headers['www-authenticate'] = challengeOf(error, authorization)
  return error
}

function withMessage(error: TRPCError): TRPCError {
  if (isAway(error)) {
    const message = 'The database does not answer at the moment. Try again in a few seconds.'
    return refusal('database_unavailable', message, error.cause)
  }
  if (error.code === 'BAD_REQUEST' && error.cause instanceof z.ZodError) {
    return refusal('invalid_input', fieldMessages(error.cause))
  }
  // Schemas refuse such a value before. Where one does not yet, the caller still learns whose mistake it is.
  if (isUnstorable(error)) return refusal('invalid_input', 'input: must hold only values that can be stored.', error)
  return error.code === 'INTERNAL_SERVER_ERROR' ? internalError(error.cause) : error
}

/** Says nothing of the cause, because it may name what no caller may know. */
export const internalError = (cause: unknown) =>
  refusal('internal_error', 'The service failed, not your request: give the operator the request id.', cause)

/** A list may hold many mistakes, and a message is for people. */
const MOST_LETTERS = 440

function fieldMessages({ issues }: z.ZodError): string {
  const messages = issues.map(({ path, message }) => `${path.length > 0 ? path.join('.') : 'input'}: ${message}.`)
  const shown = messages.filter((_, n) => messages.slice(0, n + 1).join(' ').length <= MOST_LETTERS)
  const hidden = messages.length - shown.length
  return [...shown, ...(hidden > 0 ? [`There are ${hidden} more mistakes.`] : [])].join(' ')
}

const BEARER = 'Bearer realm="Project Keys"'
const BASIC = 'Basic realm="Project Keys", charset="UTF-8"'

/** RFC 6750, section 3: names an error only if there was a credential, in characters that a header may hold. */
function challengeOf(error: TRPCError, authorization: string | undefined) {
  if ('scheme' in error && error.scheme === 'basic') return BASIC
  if (!authorization) return BEARER
  return `${BEARER}, error="invalid_token", error_description="${error.message.replace(/[^ !#-[\]-~]/g, '')}"`
}
