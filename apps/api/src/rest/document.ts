import { ERROR_CODES } from '@project-keys/keys'
import { generateOpenApiDocument, type OpenApiRouter } from 'trpc-openapi'
import type { oas31 } from 'zod-openapi'
import { type Endpoint, endpointsOf } from './endpoints.ts'

const text = (description: string) => ({ description, schema: { type: 'string' } as const })

const HEADERS: Record<string, oas31.HeaderObject> = {
  'X-Request-Id': text('Names this request: give it when you ask for help.'),
  'X-Total-Count': text('How many match, whatever the page.'),
  'X-Project': text('The slug of the project that the key is of.'),
  'X-Project-Key': text('The UUID of the key.'),
  Allow: text('The methods that are.'),
  'Retry-After': text('After how many seconds to try again.'),
  'WWW-Authenticate': text('How to authenticate (RFC 6750).'),
}

/** What each refusal means, and the headers that come with it. */
const REFUSALS: Record<number, { description: string; headers?: string[] }> = {
  400: { description: 'The path, the query or the body is wrong; the message says what.' },
  401: { description: 'No credential, or one that is not good.', headers: ['WWW-Authenticate'] },
  403: { description: 'You may not do this here.' },
  404: { description: 'It is not there, or you may not see it.' },
  405: { description: 'This method is not allowed here.', headers: ['Allow'] },
  408: { description: 'The request took too long to arrive.' },
  409: { description: 'It is not in a state that allows this.' },
  413: { description: 'The body is larger than 1 MiB.' },
  415: { description: 'The body is of another type.' },
  417: { description: 'Only `100-continue` can be expected.' },
  429: { description: 'Too often; the message says what.', headers: ['Retry-After'] },
  431: { description: 'The headers are larger than 16 KiB.' },
  500: { description: 'A fault of ours.' },
  503: { description: 'The database is away.', headers: ['Retry-After'] },
}
const ALWAYS = [400, 405, 408, 417, 431, 500, 503]
/** Whoever shows a credential that is not good is told so, and at last that it was too often. */
const OF_CREDENTIALS = [401, 403, 404, 429]
const OF_BODIES = [413, 415]

const ERROR: oas31.SchemaObject = {
  type: 'object',
  properties: {
    request_id: { type: 'string', format: 'uuid', description: 'Equal to the header X-Request-Id.' },
    message: { type: 'string', description: 'A sentence to act on.' },
    error_code: {
      anyOf: [{ type: 'string', enum: Object.keys(ERROR_CODES) }, { type: 'string' }],
      description: 'The reason, for programs. A code never changes, but new ones may come: act on their status.',
    },
  },
  required: ['request_id', 'message', 'error_code'],
}

/** The OpenAPI document: generated from the router, with the statuses and headers that the server really gives. */
export function describeApi(router: OpenApiRouter, version: string) {
  const document = generateOpenApiDocument(router, {
    title: 'Project Keys',
    description: 'Issues, lists, renames, revokes and verifies the API keys of projects.',
    version,
    baseUrl: '/',
    securitySchemes: {
      token: {
        type: 'http',
        scheme: 'bearer',
        description: 'A session, a user key (an API token) or, where it says so, a project key.',
      },
    },
  })
  for (const endpoint of endpointsOf(router)) {
    const operation = document.paths?.[endpoint.path]?.[lowerCase(endpoint.method)]
    if (!operation) continue
    describeBody(endpoint, operation)
    operation.responses = responsesOf(endpoint, operation)
    if (endpoint.anonymous) operation.security = [{}, ...(operation.security ?? [])]
  }
  document.components = {
    ...document.components,
    schemas: { ...ownSchemas(document.components?.schemas), Error: ERROR },
    headers: HEADERS,
    responses: Object.fromEntries(
      Object.entries(REFUSALS).map(([status, refusal]) => [status, refusalResponse(refusal)]),
    ),
  }
  return { ...document }
}

/** Without the generator's schemas of refusals, which are not ours. */
const ownSchemas = <Schema>(schemas: Record<string, Schema> = {}) =>
  Object.fromEntries(Object.entries(schemas).filter(([name]) => !name.startsWith('error.')))

/** The generator requires a body wherever one is possible. */
function describeBody({ body, fields }: Endpoint, operation: oas31.OperationObject) {
  if (Object.keys(fields).length === 0) delete operation.requestBody
  else if (operation.requestBody) operation.requestBody = { ...operation.requestBody, required: body === 'required' }
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
  const refused = [...refusals].map((refusal) => [refusal, { $ref: `#/components/responses/${refusal}` }])
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
