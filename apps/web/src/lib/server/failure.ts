import { duration } from '#lib/times.ts'
import { words } from '#lib/words/en.ts'
import { type ErrorCode, errorCodeOf, isApiError, retryAfter } from './api.ts'

/** An error as the error page shows it, with the request ID of the API if the API responded. */
export function failureOf(error: unknown, requestId: string): App.Error {
  if (!isApiError(error)) return { status: 500, message: words.failure.ours, requestId }
  const { data, message } = error
  if (!data) return { status: 503, message: words.failure.unavailable, requestId }
  return { status: data.httpStatus, message: tooMany(error) ?? message, requestId: data.request_id ?? requestId }
}

type Found = { error: { status: number; message: string }; event: { request: Request; locals: App.Locals } }

/** An error that SvelteKit itself found in a request: a wrong path, or a form that it or we can't accept. */
export function frameworkFailure({ error, event }: Found): App.Error {
  const { requestId, formProblem } = event.locals
  if (error.status === 415 && formProblem) return { ...formProblem, requestId }
  return { ...error, ...(event.request.method === 'POST' && { message: words.failure.noForm }), requestId }
}

/** The message for a form that the API refused with one of these codes or a rate limit; throws any other error. */
export function refusalMessage(error: unknown, ...codes: ErrorCode[]): string {
  const code = errorCodeOf(error)
  const limited = tooMany(error)
  if (limited) return limited
  if (code && codes.includes(code) && error instanceof Error) return error.message
  throw error
}

function tooMany(error: unknown) {
  const wait = errorCodeOf(error) === 'rate_limited' && retryAfter(error)
  return wait ? words.failure.tooMany(duration(wait)) : undefined
}
