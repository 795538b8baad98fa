import type { Context } from '@project-keys/keys'
import { callTRPCProcedure } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { OpenApiRouter } from 'trpc-openapi'
import { answerAt, type Request, sendJson } from './answer.ts'
import { formIn, hasType, readBody, requireUnencoded } from './body.ts'
import { BODY_LIMIT, FORM_LIMIT, receiveBody } from './bytes.ts'
import { type Endpoint, endpointsOf, FORM_TYPE } from './endpoints.ts'
import { serveOtherMethods } from './methods.ts'
import { queryOf, queryReader } from './query.ts'
import { serveStream } from './stream.ts'

type Options = { router: OpenApiRouter; createContext: (request: FastifyRequest) => Context }

/** Serves each endpoint, and answers OPTIONS and all other methods of its path. */
export function serveRest(app: FastifyInstance, { router, createContext }: Options) {
  const endpoints = endpointsOf(router).filter(({ plain }) => !plain)
  for (const endpoint of endpoints) {
    if (endpoint.stream) serveStream(app, endpoint, { router, createContext })
    else serve(app, endpoint, { router, createContext })
  }
  for (const [path, methods] of groupMethods(endpoints)) {
    if (!isWithin(path, endpoints)) serveOtherMethods(app, path, methods)
  }
}

/** Whether another path takes this one as a value of its parameter: then its other methods are those of that path. */
const isWithin = (path: string, endpoints: Endpoint[]): boolean =>
  endpoints.some((other) => other.path !== path && matches(other.path, path))

function matches(pattern: string, path: string): boolean {
  const [parts, segments] = [pattern.split('/'), path.split('/')]
  return parts.length === segments.length && parts.every((part, n) => part === segments[n] || isParameter(part))
}
const isParameter = (part: string) => part.startsWith('{')

function serve(app: FastifyInstance, endpoint: Endpoint, { router, createContext }: Options) {
  const { name, type, method, path, status } = endpoint
  const inputOf = inputReader(endpoint)
  answerAt(app, [method, ...(method === 'GET' ? ['HEAD'] : [])], path, async (request, reply) => {
    const { params } = request
    const { arrived, form, read } = inputOf(request, reply)
    const bodyArrived = arrived && (() => arrived().then(() => createContext(request).now))
    const ctx: Context = { ...createContext(request), params, endpoint, bodyArrived, form }
    // The procedure calls it when the caller is known, because a bad credential is refused before a bad body.
    const getRawInput = once(async () => ({ ...(await read()), ...params }))
    const call = { router, path: name, type, ctx, getRawInput, signal: undefined, batchIndex: 0 }
    const data: unknown = await callTRPCProcedure(call).finally(() => void reply.headers(ctx.headers))
    reply.code(status)
    return status === 204 ? reply.send() : sendJson(reply, data)
  })
}

/** Receives the body of a request, if there may be one, and reads the fields of the body or of the query. */
function inputReader(endpoint: Endpoint) {
  if (endpoint.body === 'none') {
    const readQuery = queryReader(endpoint.fields)
    return ({ url }: Request) => ({ arrived: undefined, form: undefined, read: async () => readQuery(queryOf(url)) })
  }
  const limit = endpoint.form ? FORM_LIMIT : BODY_LIMIT
  return ({ raw }: Request, reply: FastifyReply) => {
    const arrived = once(() => receiveBody(raw, limit))
    const received = async () => {
      const bytes = await arrived()
      requireUnencoded(raw, reply)
      return bytes
    }
    const isForm = endpoint.form && hasType(raw.headers, FORM_TYPE)
    const form = isForm ? async () => formIn(await received()) : undefined
    return { arrived, form, read: async () => readBody(raw, await received(), endpoint) }
  }
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
