import { generateOpenApiDocument, type OpenApiRouter } from 'trpc-openapi'
import type { oas31 } from 'zod-openapi'
import { headerReferences, REFUSAL_COMPONENTS, refusalsOf } from './document-refusals.ts'
import { portable } from './document-schemas.ts'
import { TAGS } from './document-tags.ts'
import { type Endpoint, endpointsOf } from './endpoints.ts'

const text = (description: string) => ({ description, schema: { type: 'string' } as const })

const HEADERS: Record<string, oas31.HeaderObject> = {
  'X-Request-Id': text('The id of this request: give it to the operator when you ask for help.'),
  'X-Total-Count': text('The number of matches on all pages.'),
  'X-Project': text('The slug of the project that the key belongs to.'),
  'X-Project-Key': text('The UUID of the key.'),
  'X-Scopes': text('The scopes of the key, separated by blanks; absent if it may do everything.'),
  'X-External-Id': text('The customer for whom the key is, if it is set.'),
  RateLimit: text('What is left of the limit of the key (draft-ietf-httpapi-ratelimit-headers); absent without one.'),
  'RateLimit-Policy': text('The limit of the key (draft-ietf-httpapi-ratelimit-headers); absent without one.'),
  'Evidence-Age': text('Only while the database is away and STALE_IF_DOWN is set: the seconds since it last answered.'),
  Allow: text('The methods of this path.'),
  'Retry-After': text('The number of seconds after which to try again.'),
  'WWW-Authenticate': text('How to authenticate (RFC 6750).'),
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

/** `apiUrl` is the address at which people reach the API. */
type Server = { version: string; apiUrl: string }

/** Generates the OpenAPI document from the router, with the statuses and headers that the server really sends. */
export function describeApi(router: OpenApiRouter, { version, apiUrl }: Server) {
  const document = generateOpenApiDocument(router, {
    openApiVersion: '3.0.3',
    title: 'Project Keys',
    description: 'Issues, lists, renames, revokes and verifies the API keys of projects.',
    version,
    baseUrl: apiUrl,
    securitySchemes: SECURITY_SCHEMES,
  })
  for (const endpoint of endpointsOf(router)) {
    const operation = document.paths?.[endpoint.path]?.[lowerCase(endpoint.method)]
    if (!operation) continue
    describeBody(endpoint, operation)
    if (endpoint.stream) operation.parameters = withoutCursor(endpoint, operation) ?? []
    operation.responses = responsesOf(endpoint, operation)
    operation.security = securityOf(endpoint, operation)
  }
  document.info.license = { name: 'MIT', url: 'https://spdx.org/licenses/MIT.html' }
  document.info.contact = { name: 'The operator of this server' }
  document.tags = Object.entries(TAGS).map(([name, description]) => ({ name, description }))
  document.components = {
    ...document.components,
    ...REFUSAL_COMPONENTS,
    schemas: { ...document.components?.schemas, ...REFUSAL_COMPONENTS.schemas },
    headers: HEADERS,
  }
  return withoutUnused({ ...document, ...portable({ ...document }, document.components.schemas ?? {}) })
}

/**
 * Leaves out the components that nothing refers to: the generator's errors, because ours have another shape, schemas that
 * stand where they are used, and refusals that REST does not have.
 */
function withoutUnused<Document extends Pick<oas31.OpenAPIObject, 'components'>>(document: Document) {
  const used = new Set(JSON.stringify(document).match(/(?<="#\/components\/)[^"]+/g))
  const usedOf = (kind: 'schemas' | 'responses' | 'headers' | 'examples') =>
    Object.fromEntries(
      Object.entries(document.components?.[kind] ?? {}).filter(([name]) => used.has(`${kind}/${name}`)),
    )
  const kinds = {
    schemas: usedOf('schemas'),
    responses: usedOf('responses'),
    headers: usedOf('headers'),
    examples: usedOf('examples'),
  }
  return { ...document, components: { ...document.components, ...kinds } }
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
  const { status, shape, stream } = endpoint
  const generated = operation.responses?.[200]
  const content = generated && 'content' in generated && status !== 204 ? { content: generated.content ?? {} } : {}
  if (stream) Object.assign(content, { content: textsOf(stream) })
  const total = 'page' in shape && !stream ? ['X-Total-Count'] : []
  const headers = headerReferences(['X-Request-Id', ...total, ...endpoint.headers])
  return { [status]: { description: 'Done.', headers, ...content }, ...refusalsOf(endpoint) }
}

const textsOf = ({ types }: NonNullable<Endpoint['stream']>) =>
  Object.fromEntries(Object.values(types).map((type) => [type, { schema: { type: 'string' } }]))

/** The parameter by which the server itself asks for the next page. */
const withoutCursor = ({ stream }: Endpoint, { parameters }: oas31.OperationObject) =>
  parameters?.filter((parameter) => !('name' in parameter && stream && parameter.name === stream.cursor))

const METHODS = { GET: 'get', POST: 'post', PATCH: 'patch', PUT: 'put', DELETE: 'delete' } as const
const lowerCase = (method: Endpoint['method']) => METHODS[method]
