import { ERROR_CODES, type ErrorCode, OF_CREDENTIALS } from '@project-keys/keys'
import type { oas31 } from 'zod-openapi'
import type { Endpoint } from './endpoints.ts'

type Status = (typeof ERROR_CODES)[ErrorCode]['status']

/** Each refusal: its name among the components, its meaning, and its own header. */
const REFUSALS: Record<Status, { name: string; description: string; header?: string }> = {
  400: { name: 'BadRequest', description: 'The path, the query or the body is wrong; the message says how.' },
  401: {
    name: 'Unauthorized',
    description: 'There is no credential, or it is not valid.',
    header: 'WWW-Authenticate',
  },
  403: { name: 'Forbidden', description: 'You may not do this.' },
  404: { name: 'NotFound', description: 'It does not exist, or you may not see it.' },
  405: { name: 'MethodNotAllowed', description: 'The path does not have this method.', header: 'Allow' },
  408: {
    name: 'RequestTimeout',
    description: 'The request took too long to arrive: a body has 10 seconds after the headers.',
  },
  409: { name: 'Conflict', description: 'The present state does not allow this; the message says why.' },
  413: { name: 'ContentTooLarge', description: 'The body is larger than 1 MiB, or a form is larger than 64 KiB.' },
  415: { name: 'UnsupportedMediaType', description: 'The body has another type, or it is compressed.' },
  417: { name: 'ExpectationFailed', description: 'The server meets no expectation but `100-continue`.' },
  422: { name: 'UnprocessableContent', description: 'The request is not the one that it repeats.' },
  429: {
    name: 'TooManyRequests',
    description: 'Too many requests; the message says of what.',
    header: 'Retry-After',
  },
  431: { name: 'HeadersTooLarge', description: 'The headers are larger than 16 KiB.' },
  500: { name: 'ServiceFailed', description: 'The service failed.' },
  503: {
    name: 'ServiceUnavailable',
    description: 'The database does not answer, or the service is starting.',
    header: 'Retry-After',
  },
}

/** Any request may be refused so, before its endpoint is reached or while it works. */
const ALWAYS: ErrorCode[] = [
  'invalid_input',
  'invalid_body',
  'invalid_path',
  'missing_host',
  'invalid_http',
  'invalid_request',
  'method_not_allowed',
  'request_timeout',
  'expectation_failed',
  'headers_too_large',
  'internal_error',
  'starting',
  'outdated',
  'database_unavailable',
]
const OF_BODIES: ErrorCode[] = ['body_too_large', 'unsupported_media_type']

const ERROR: oas31.SchemaObject = {
  type: 'object',
  properties: {
    request_id: { type: 'string', format: 'uuid', description: 'Equal to the header X-Request-Id.' },
    message: { type: 'string', description: 'A sentence for people, which may change.' },
    error_code: {
      type: 'string',
      description: 'The reason, for programs. A code never changes, but new ones may come: act on their status.',
      'x-extensible-enum': Object.keys(ERROR_CODES),
    },
  },
  required: ['request_id', 'message', 'error_code'],
}

const EXAMPLES = Object.entries(ERROR_CODES).map(([error_code, { meaning }]) => {
  const value = { request_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7', message: meaning, error_code }
  return [error_code, { summary: meaning, value }]
})

/** Most endpoints have these. */
const USUAL = Map.groupBy([...ALWAYS, ...OF_BODIES, ...OF_CREDENTIALS], (code) => ERROR_CODES[code].status)

/** The named parts that the responses of refusals refer to. */
export const REFUSAL_COMPONENTS: oas31.ComponentsObject = {
  schemas: { Error: ERROR },
  examples: Object.fromEntries(EXAMPLES),
  responses: Object.fromEntries([...USUAL].map(([status, codes]) => [REFUSALS[status].name, refusal(status, codes)])),
}

/** The responses of an endpoint that refuse a request, each with all its codes. */
export function refusalsOf({ body, refusals }: Endpoint): oas31.ResponsesObject {
  const codes = [...ALWAYS, ...(body === 'none' ? [] : OF_BODIES), ...refusals]
  const byStatus = Map.groupBy(new Set(codes), (code) => ERROR_CODES[code].status)
  return Object.fromEntries([...byStatus].map(([status, codes]) => [status, usualOr(status, codes)]))
}

const usualOr = (status: Status, codes: ErrorCode[]) =>
  USUAL.get(status)?.join() === codes.join()
    ? { $ref: `#/components/responses/${REFUSALS[status].name}` }
    : refusal(status, codes)

function refusal(status: Status, codes: ErrorCode[]): oas31.ResponseObject {
  const { description, header } = REFUSALS[status]
  const schema = { $ref: '#/components/schemas/Error' }
  const examples = Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]))
  return {
    description,
    headers: headerReferences(['X-Request-Id', ...(header ? [header] : [])]),
    content: { 'application/json': { schema, examples } },
  }
}

export function headerReferences(names: string[]) {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}
