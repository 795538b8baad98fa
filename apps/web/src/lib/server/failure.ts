import { duration } from '#lib/times.ts'
import { words } from '#lib/words/en.ts'
import { isApiError, type Refusal, refusal, waitOf } from './api.ts'

/** What people are told of an error; its id is the API's where the API answered. */
export function failureOf(error: unknown, requestId: string): App.Error {
  if (!isApiError(error)) return { status: 500, message: words.failure.ours, request_id: requestId }
  const { data, message } = error
  if (!data) return { status: 503, message: words.failure.away, request_id: requestId }
  return { status: data.httpStatus, message: tooMany(error) ?? message, request_id: data.request_id ?? requestId }
}

/** The sentence for who was refused for one of these reasons, or too often; any other error goes on to its page. */
export function sentenceOf(error: unknown, ...reasons: Refusal[]): string {
  const reason = refusal(error)
  const sentence = tooMany(error)
  if (sentence) return sentence
  if (reason && reasons.includes(reason) && error instanceof Error) return error.message
  throw error
}

function tooMany(error: unknown) {
  const wait = refusal(error) === 'TOO_MANY_REQUESTS' && waitOf(error)
  return wait ? words.failure.tooMany(duration(wait)) : undefined
}
