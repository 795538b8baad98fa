import { ERROR_CODES } from '@project-keys/keys'
import { generateOpenApiDocument, type OpenApiRouter } from 'trpc-openapi'
import type { oas31 } from 'zod-openapi'
import { portable } from './document-schemas.ts'
import { TAGS } from './document-tags.ts'
import { type Endpoint, endpointsOf } from './endpoints.ts'

const text = (description: string) => ({ description, schema: { type: 'string' } as const })

const HEADERS: Record<string, oas31.HeaderObject> = {
  'X-Request-Id': text('The id of this request: give it to the operator when you ask for help.'),
  'X-Total-Count': text('The number of matches on all pages.'),
  'X-Project': text('The slug of the project that the key belongs to.'),
  'X-Project-Key': text('The UUID of the key.'),
  Allow: text('The methods of this path.'),
  'Retry-After': text('The number of seconds after which to try again.'),
  'WWW-Authenticate': text('How to authenticate (RFC 6750).'),
}

/** Each refusal: its name among the components, its meaning, and its own headers. */
const REFUSALS: Record<number, { name: string; description: string; headers?: string[] }> = {
  400: { name: 'BadRequest', description: 'The path, the query or the body is wrong; the message says how.' },
  401: {
    name: 'Unauthorized',
    description: 'There is no credential, or it is not valid.',
    headers: ['WWW-Authenticate'],
  },
  403: { name: 'Forbidden', description: 'You may not do this.' },
  404: { name: 'NotFound', description: 'It does not exist, or you may not see it.' },
  405: { name: 'MethodNotAllowed', description: 'The path does not have this method.', headers: ['Allow'] },
  408: {
    name: 'RequestTimeout',
    description: 'The request took too long to arrive: a body has 10 seconds after the headers.',
  },
  409: { name: 'Conflict', description: 'The present state does not allow this; the message says why.' },
  413: { name: 'ContentTooLarge', description: 'The body is larger than 1 MiB, or a form is larger than 64 KiB.' },
  415: { name: 'UnsupportedMediaType', description: 'The body has another type.' },
  417: { name: 'ExpectationFailed', description: 'The server meets no expectation but `100-continue`.' },
  429: {
    name: 'TooManyRequests',
    description: 'Too many requests; the message says of what.',
    headers: ['Retry-After'],
  },
  431: { name: 'HeadersTooLarge', description: 'The headers are larger than 16 KiB.' },
  500: { name: 'ServiceFailed', description: 'The service failed.' },
  503: { name: 'ServiceUnavailable', description: 'The database does not answer.', headers: ['Retry-After'] },
}
const ALWAYS = [400, 405, 408, 417, 431, 500, 503]
/** Endpoints that take a credential may refuse it, and limit how often a bad one comes. */
const OF_CREDENTIALS = [401, 403, 404, 429]
const OF_BODIES = [413, 415]

const ERROR: oas31.SchemaObject = {
  type: 'object',
  properties: {
    request_id: { type: 'string', format: 'uuid', description: 'Equal to the header X-Request-Id.' },
    message: { type: 'string', description: 'A sentence for people, which may change.' },
    error_code: {
      anyOf: [{ type: 'string', enum: Object.keys(ERROR_CODES) }, { type: 'string' }],
      description: 'The reason, for programs. A code never changes, but new ones may come: act on their status.',
    },
  },
  required: ['request_id', 'message', 'error_code'],
}

const SECURITY_SCHEMES = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'A session, a user key (an API token) or, if the endpoint says so, a project key.',
  },
  basic: {
    type: 'http',
    scheme: 'basic',
    description: 'The same credential as the password, with any user name. Only some endpoints take it.',
  },
} as const

/** Generates the OpenAPI document from the router, with the statuses and headers that the server really sends. */
export function describeApi(router: OpenApiRouter, version: string) {
  const document = generateOpenApiDocument(router, {
    openApiVersion: '3.0.3',
    title: 'Project Keys',
    description: 'Issues, lists, renames, revokes and verifies the API keys of projects.',
    version,
    baseUrl: '/',
    securitySchemes: SECURITY_SCHEMES,
  })
  for (const endpoint of endpointsOf(router)) {
    const operation = document.paths?.[endpoint.path]?.[lowerCase(endpoint.method)]
    if (!operation) continue
    describeBody(endpoint, operation)
    operation.responses = responsesOf(endpoint, operation)
    operation.security = securityOf(endpoint, operation)
  }
  document.tags = Object.entries(TAGS).map(([name, description]) => ({ name, description }))
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Error: ERROR },
    headers: HEADERS,
    responses: Object.fromEntries(Object.values(REFUSALS).map((refusal) => [refusal.name, refusalResponse(refusal)])),
  }
  return withoutUnusedSchemas({ ...document, ...portable({ ...document }, document.components.schemas ?? {}) })
}

/** Leaves out the generator's schemas of errors, because ours have another shape, and those that stand where they are used. */
function withoutUnusedSchemas<Document extends Pick<oas31.OpenAPIObject, 'components'>>(document: Document) {
  const text = JSON.stringify(document)
  const schemas = Object.entries(document.components?.schemas ?? {})
  const used = schemas.filter(([name]) => text.includes(`"#/components/schemas/${name}"`))
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(used) } }
}

/** Corrects the generator, which requires a body wherever one is possible. */
function describeBody({ body, fields }: Endpoint, operation: oas31.OperationObject) {
  if (Object.keys(fields).length === 0) delete operation.requestBody
  else if (operation.requestBody) operation.requestBody = { ...operation.requestBody, required: body === 'required' }
}

/** An endpoint that reads no credential says so, because linters take an absent word for a forgotten one. */
function securityOf({ anonymous, basic }: Endpoint, { security }: oas31.OperationObject) {
  if (!security) return []
  return [...(anonymous ? [{}] : []), { bearer: [] }, ...(basic ? [{ basic: [] }] : [])]
}

function responsesOf(endpoint: Endpoint, operation: oas31.OperationObject): oas31.ResponsesObject {
  const { status, shape } = endpoint
  const generated = operation.responses?.[200]
  const content = generated && 'content' in generated && status !== 204 ? { content: generated.content ?? {} } : {}
  const total = 'per_page' in shape ? ['X-Total-Count'] : []
  const headers = headerReferences(['X-Request-Id', ...total, ...endpoint.headers])
  const refusals = new Set([
    ...ALWAYS,
    ...(operation.security ? OF_CREDENTIALS : []),
    ...(endpoint.body !== 'none' ? OF_BODIES : []),
    ...endpoint.refusals,
  ])
  const refused = [...refusals].map((status) => [status, { $ref: `#/components/responses/${REFUSALS[status]?.name}` }])
  return { [status]: { description: 'Done.', headers, ...content }, ...Object.fromEntries(refused) }
}

const refusalResponse = ({ description, headers = [] }: { description: string; headers?: string[] }) => ({
  description,
  headers: headerReferences(['X-Request-Id', ...headers]),
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
})

const headerReferences = (names: string[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))

const METHODS = { GET: 'get', POST: 'post', PATCH: 'patch', PUT: 'put', DELETE: 'delete' } as const
const lowerCase = (method: Endpoint['method']) => METHODS[method]
