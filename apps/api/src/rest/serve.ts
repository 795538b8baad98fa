import { METHODS } from 'node:http'
import type { AppRouter, Context } from '@project-keys/keys'
import { callTRPCProcedure } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { refuse, sendJson } from './answer.ts'
import { FORM_TYPE, queryReader, readBody, readForm } from './input.ts'

type Options = { router: AppRouter; createContext: (request: FastifyRequest) => Context }
type Parameters = { Params: Record<string, string> }
type Request = FastifyRequest<Parameters>
type Answer = (request: Request, reply: FastifyReply) => Promise<FastifyReply>

/** A procedure that has a place in the REST API. */
export type Endpoint = {
  /** Its name in the router, such as `projectKeys.create`. */
  name: string
  type: 'query' | 'mutation'
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** As in OpenAPI: `/v0/projects/{project}`. */
  path: string
  /** Of its success. */
  status: number
  /** Its body is a form, not JSON. */
  form: boolean
  /** Served elsewhere, without what this walker costs. */
  plain: boolean
  /** Nobody may call it too. */
  anonymous: boolean
  /** The headers of its success that are its own. */
  headers: string[]
  /** The refusals that are its own, beside those that many have. */
  refusals: number[]
  /** The fields of its input, those of the path among them. */
  shape: z.ZodRawShape
}

const HasPath = z.object({ meta: z.object({ openapi: z.looseObject({}) }) })
const InRest = z.object({
  type: z.enum(['query', 'mutation']),
  meta: z.object({
    status: z.int().default(200),
    anonymous: z.boolean().default(false),
    plain: z.boolean().default(false),
    openapi: z.object({
      method: z.enum(['GET', 'POST', 'PATCH', 'PUT', 'DELETE']),
      path: z.string(),
      errorResponses: z.array(z.int()).default([]),
      contentTypes: z.array(z.string()).default([]),
      responseHeaders: z.instanceof(z.ZodObject).optional(),
    }),
  }),
  inputs: z.array(z.instanceof(z.ZodObject)),
})

/**
 * Everything that REST serves, read from the router itself.
 * @throws an Error for a procedure with a path that can't be served: the server then doesn't start
 */
export function endpointsOf(router: AppRouter): Endpoint[] {
  return Object.entries<unknown>(router._def.procedures).flatMap(([name, procedure]) => {
    const definition = typeof procedure === 'function' && '_def' in procedure ? procedure._def : null
    if (!HasPath.safeParse(definition).success) return []
    const { success, data, error } = InRest.safeParse(definition)
    if (!success) throw new Error(`REST can't serve ${name}: ${z.prettifyError(error)}`)
    const { type, meta, inputs } = data
    const shape: z.ZodRawShape = Object.assign({}, ...inputs.map((input) => input.shape))
    const { method, path, errorResponses: refusals, contentTypes, responseHeaders } = meta.openapi
    const { status, anonymous, plain } = meta
    const form = contentTypes.includes(FORM_TYPE)
    const headers = Object.keys(responseHeaders?.shape ?? {})
    return [{ name, type, method, path, status, form, plain, anonymous, headers, refusals, shape }]
  })
}

/** Serves each endpoint at its path, and answers what else is asked of these paths. */
export function serveRest(app: FastifyInstance, { router, createContext }: Options) {
  const endpoints = endpointsOf(router)
  for (const endpoint of endpoints) if (!endpoint.plain) serve(app, endpoint, { router, createContext })
  for (const [path, methods] of groupMethods(endpoints)) serveOtherMethods(app, path, methods)
}

function serve(app: FastifyInstance, endpoint: Endpoint, { router, createContext }: Options) {
  const { name, type, method, path, status, form, shape } = endpoint
  const read = form ? readForm : readBody
  const readQuery = method === 'GET' || method === 'DELETE' ? queryReader(shape, pathParameters(path)) : null

  answerAt(app, [method, ...(method === 'GET' ? ['HEAD'] : [])], path, async (request, reply) => {
    const { params } = request
    const ctx: Context = { ...createContext(request), params }
    const readInput = async () => ({
      ...(readQuery ? readQuery(queryOf(request)) : await read(request.raw)),
      ...params,
    })
    // The procedure reads it when it has come that far: who calls is known before a byte of the body is looked at.
    const call = { router, path: name, type, ctx, getRawInput: once(readInput), signal: undefined, batchIndex: 0 }
    const data: unknown = await callTRPCProcedure(call).finally(() => void reply.headers(ctx.headers))
    reply.code(status)
    return status === 204 ? reply.send() : sendJson(reply, data)
  })
}

/** Answers before Fastify looks at the body, and at its type: both are for whoever may send one. */
function answerAt(app: FastifyInstance, method: string[], path: string, answer: Answer) {
  const url = path.replace(/\{(\w+)\}/g, ':$1')
  app.route<Parameters>({ method, url, exposeHeadRoute: false, onRequest: answer, handler: answer })
}

const OPTIONS_HEADERS = {
  'access-control-allow-headers': 'Authorization, Content-Type',
  'access-control-max-age': '86400',
}

function serveOtherMethods(app: FastifyInstance, path: string, methods: string[]) {
  const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS']
  const allow = allowed.join(', ')
  answerAt(app, ['OPTIONS'], path, async (_request, reply) =>
    reply
      .code(204)
      .headers({ allow, 'access-control-allow-methods': allow, ...OPTIONS_HEADERS })
      .send(),
  )
  const others = app.supportedMethods.filter((method) => !allowed.includes(method))
  answerAt(app, others, path, async (request, reply) =>
    refuse(
      request,
      reply.header('allow', allow),
      'method_not_allowed',
      `${request.method} is not allowed here. Allowed: ${allow}.`,
    ),
  )
}

/** Lets the server know every method that HTTP knows, so that it can refuse them all by name. */
export function knowAllMethods(app: FastifyInstance) {
  const rest = METHODS.filter((method) => method !== 'CONNECT' && !app.supportedMethods.includes(method))
  for (const method of rest) app.addHttpMethod(method, { hasBody: true })
}

function groupMethods(endpoints: Endpoint[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const { path, method } of endpoints) groups.set(path, [...(groups.get(path) ?? []), method])
  return groups
}

const pathParameters = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) => name ?? [])
const queryOf = ({ url }: Request) => (url.includes('?') ? url.slice(url.indexOf('?') + 1) : '')

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => (made ??= make())
}
