import { connect } from 'node:net'
import { ERROR_CODES } from '@project-keys/keys'
import { expect } from 'vitest'
import { z } from 'zod'

export type Answer = { status: number; headers: Headers; text: string; body: unknown }
export type Content = {
  token?: string | undefined
  headers?: Record<string, string>
  /** Strings and bytes are sent unchanged, everything else as JSON. */
  body?: unknown
}

/** Sends a request. Checks that a refusal has the right shape and a listed code, and repeats no credential. */
export async function request(url: string, method: string, { token, headers, body }: Content = {}): Promise<Answer> {
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: bytesOf(body) }),
  })
  const answer = answerOf(response.status, response.headers, await response.text())
  if (url.includes('/trpc/')) expectTrpcRefusals(answer)
  else if (answer.status >= 400 && method !== 'HEAD') expectRefusal(answer)
  if (token && token.length > 20) expect(answer.text).not.toContain(token)
  return answer
}

const bytesOf = (body: unknown) =>
  body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))

/** The content of a form. */
export const formOf = (body: Record<string, unknown> = {}) => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(
    Object.entries(body).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString(),
})

/** Sends bytes that no client would send; they must ask for `Connection: close`. */
export async function rawRequest(port: number, bytes: string | Buffer): Promise<Answer> {
  const text = (await exchange(port, bytes)).replace(/^HTTP\/1.1 100 Continue\r\n\r\n/, '')
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const [line = '', ...lines] = head.split('\r\n')
  const headers = new Headers(
    lines.map((each): [string, string] => [each.replace(/:.*/, ''), each.replace(/^.*?: */, '')]),
  )
  return answerOf(Number(line.split(' ')[1]), headers, body)
}

/** Everything that a bare connection says after these bytes. */
export async function exchange(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  socket.write(bytes)
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

/** Each message about a field says what the field must be. */
const MUST = expect.stringMatching(/^(\S+: must .+\.)( \S+: must .+\.)*$/)

export function expectRefusal({ status, headers, text, body }: Answer) {
  expect(body).toEqual({
    request_id: headers.get('x-request-id'),
    message: expect.stringMatching(/^[^\n]{10,500}\.$/),
    error_code: expect.toBeOneOf(codesOf(status)),
  })
  if (JSON.stringify(body).includes('"invalid_input"')) expect(body).toMatchObject({ message: MUST })
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/)
  expect(headers.get('content-type')).toBe('application/json')
  const isChallenged = status === 401 || text.includes('"insufficient_scope"')
  expect(headers.has('www-authenticate')).toBe(isChallenged)
  expect(JSON.stringify(body)).not.toMatch(/\bat \/|node_modules|\.ts\b|prisma|select |postgres:/i)
}

/** The codes that are listed for a status. */
const codesOf = (status: number) =>
  Object.entries(ERROR_CODES).flatMap(([code, listed]) => (listed.status === status ? [code] : []))

const TrpcError = z.object({ error: z.object({ data: z.object({ httpStatus: z.int(), error_code: z.string() }) }) })

/** The response to a batch is an array. A refusal of all calls at once looks as in REST, too. */
export function expectTrpcRefusals(answer: Answer) {
  const errors = [answer.body].flat().flatMap((body) => TrpcError.safeParse(body).data?.error.data ?? [])
  for (const { httpStatus, error_code } of errors) expect(error_code).toBeOneOf(codesOf(httpStatus))
  if (answer.status >= 400 && errors.length === 0) expectRefusal(answer)
}

function answerOf(status: number, headers: Headers, text: string): Answer {
  const isJson = headers.get('content-type') === 'application/json'
  return { status, headers, text, body: isJson && text ? JSON.parse(text) : undefined }
}
