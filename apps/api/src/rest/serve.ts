import { METHODS } from 'node:http'
import type { Context } from '@project-keys/keys'
import { callTRPCProcedure } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { OpenApiRouter } from 'trpc-openapi'
import { refuse, sendJson } from './answer.ts'
import { readBody } from './body.ts'
import { type Endpoint, endpointsOf } from './endpoints.ts'
import { queryOf, queryReader } from './query.ts'

type Options = { router: OpenApiRouter; createContext: (request: FastifyRequest) => Context }
type Parameters = { Params: Record<string, string> }
type Request = FastifyRequest<Parameters>
type Answer = (request: Request, reply: FastifyReply) => Promise<FastifyReply>

/** Serves each endpoint, and answers OPTIONS and all other methods of its path. */
export function serveRest(app: FastifyInstance, { router, createContext }: Options) {
  const endpoints = endpointsOf(router)
  for (const endpoint of endpoints) if (!endpoint.plain) serve(app, endpoint, { router, createContext })
  for (const [path, methods] of groupMethods(endpoints)) serveOtherMethods(app, path, methods)
}

function serve(app: FastifyInstance, endpoint: Endpoint, { router, createContext }: Options) {
  const { name, type, method, path, status } = endpoint
  const readInput = inputReader(endpoint)
  answerAt(app, [method, ...(method === 'GET' ? ['HEAD'] : [])], path, async (request, reply) => {
    const { params } = request
    const ctx: Context = { ...createContext(request), params }
    // The procedure calls it when it needs the input: the caller is known before a byte of the body is read.
    const getRawInput = once(async () => ({ ...(await readInput(request)), ...params }))
    const call = { router, path: name, type, ctx, getRawInput, signal: undefined, batchIndex: 0 }
    const data: unknown = await callTRPCProcedure(call).finally(() => void reply.headers(ctx.headers))
    reply.code(status)
    return status === 204 ? reply.send() : sendJson(reply, data)
  })
}

function inputReader(endpoint: Endpoint) {
  if (endpoint.body !== 'none') return ({ raw }: Request) => readBody(raw, endpoint)
  const readQuery = queryReader(endpoint.fields)
  return ({ url }: Request) => readQuery(queryOf(url))
}

/** Answers before Fastify checks the body and its type, because the credential must be checked first. */
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

/** Tells Fastify all HTTP methods, so that it answers unknown ones with our 405. */
export function knowAllMethods(app: FastifyInstance) {
  const rest = METHODS.filter((method) => method !== 'CONNECT' && !app.supportedMethods.includes(method))
  for (const method of rest) app.addHttpMethod(method, { hasBody: true })
}

function groupMethods(endpoints: Endpoint[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const { path, method } of endpoints) groups.set(path, [...(groups.get(path) ?? []), method])
  return groups
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => (made ??= make())
}
