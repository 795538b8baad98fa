import type { IncomingMessage, ServerResponse } from 'node:http'
import { refusal } from '@project-keys/keys'
import { refuseLateBody } from '@project-keys/network'

/** The longest body, in bytes. */
export const BODY_LIMIT = 1 << 20
/** The longest form, because a form has few fields. */
export const FORM_LIMIT = 1 << 16
/** How long a body may take after the head of its request. */
const WITHIN_MS = 10_000
/** The event of a request whose body is late. */
const LATE = Symbol('late')

/** The bytes of a body, not judged yet; null if they are more than the limit. */
export type Received = { bytes: Buffer | null; limit: number }

/** Gives the body of a request its time. Call it when the head was read. */
export const limitTimeOfBody = (request: IncomingMessage, response: ServerResponse) =>
  refuseLateBody(request, response, { withinMs: WITHIN_MS, refuse: () => request.emit(LATE) })

/** Whether the head tells a length over the limit. */
export const isLongerThan = ({ headers }: IncomingMessage, limit: number): boolean =>
  Number(headers['content-length'] ?? 0) > limit

/**
 * Waits for the body of a request, and keeps no byte beyond the limit. It reads by events, because leaving a `for await`
 * would destroy the connection, which the response needs.
 * @throws 408 for a body that is late, 400 for one that ends too early
 */
export function receiveBody(request: IncomingMessage, limit: number): Promise<Received> {
  if (isLongerThan(request, limit)) return Promise.resolve({ bytes: null, limit })
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const keep = (chunk: Buffer) => {
      length += chunk.length
      if (length <= limit) return void chunks.push(chunk)
      // The rest is read and discarded, because the response needs the connection.
      chunks.length = 0
      request.off('data', keep).resume()
      resolve({ bytes: null, limit })
    }
    request
      .on('data', keep)
      .on('end', () => resolve({ bytes: Buffer.concat(chunks), limit }))
      .on('error', () => reject(cutOff()))
      // Every request closes: an error, with its stack, is made only for one that was cut off.
      .on('close', () => request.complete || reject(cutOff()))
      .on(LATE, () => reject(tooLate()))
  })
}

const cutOff = () => refusal('invalid_http', 'The body must arrive whole.')
const tooLate = () =>
  refusal('request_timeout', `The body must arrive within ${WITHIN_MS / 1000} seconds after the headers.`)
