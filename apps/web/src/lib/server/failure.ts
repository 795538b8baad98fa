import { words } from '#lib/words/en.ts'
import { isApiError } from './api.ts'

/** What people are told of an error; its id is the API's where the API answered. */
export function failureOf(error: unknown, requestId: string): App.Error {
  if (!isApiError(error)) return { status: 500, message: words.failure.ours, request_id: requestId }
  const { data, message } = error
  if (!data) return { status: 503, message: words.failure.away, request_id: requestId }
  return { status: data.httpStatus, message, request_id: data.request_id ?? requestId }
}
