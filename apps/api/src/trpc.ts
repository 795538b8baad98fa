import { appRouter, type Context, ERROR_CODES, errorCodeOf, refusal } from '@project-keys/keys'
import { getTRPCErrorShape, TRPCError } from '@trpc/server'
import { fastifyRequestHandler } from '@trpc/server/adapters/fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerAt, errorBody, sendJson } from './rest/answer.ts'
import { bytesOf, JSON_TYPE, requireType, requireUnencoded } from './rest/body.ts'
import { BODY_LIMIT, isLongerThan, receiveBody } from './rest/bytes.ts'
import { logFailure } from './rest/errors.ts'
import { serveOptions } from './rest/methods.ts'

/** The most calls in one request. */
const MAX_BATCH_SIZE = 64
const ROUTE = '/trpc/{path}'

/**
 * Serves the router at /trpc. It receives the body itself, because tRPC's own plugin keeps a form of any length in
 * memory. tRPC asks for the caller when the body is here, and so does not act on what was true before.
 */
export function serveTrpc(app: FastifyInstance, createContext: (request: FastifyRequest) => Context) {
  serveOptions(app, ROUTE, ['GET', 'POST'])
  const methods = app.supportedMethods.filter((method) => method !== 'OPTIONS')
  answerAt(app, methods, ROUTE, async (request, reply) => {
    const { path = '' } = request.params
    try {
      requireSmallBatch(path)
      request.body = await textOf(request, reply)
    } catch (error) {
      return refuseCalls(error, request, reply)
    }
    await fastifyRequestHandler({
      req: request,
      res: reply,
      path,
      router: appRouter,
      createContext: ({ req }) => createContext(req),
      responseMeta: ({ ctx }) => ({ headers: ctx?.headers ?? {} }),
      onError: ({ error, req }) => logFailure(req, error),
    })
    return reply
  })
}

/** @throws 400 for too many calls; tRPC itself would refuse them in plain text, without a code */
function requireSmallBatch(path: string) {
  if (path.split(',').length <= MAX_BATCH_SIZE) return
  const message = `A batch must have at most ${MAX_BATCH_SIZE} calls: set \`maxItems\` of the client's link to it.`
  throw refusal('batch_too_large', message)
}

/** The body of a POST; no other request has one. @throws 413 and 415 before a byte is read, if the head tells; 408 */
async function textOf({ method, raw }: FastifyRequest, reply: FastifyReply): Promise<string> {
  const isPost = method === 'POST'
  if (isPost) requireUnencoded(raw, reply)
  if (!isPost || !isLongerThan(raw, BODY_LIMIT)) requireType(raw.headers, JSON_TYPE, isPost ? '' : JSON_TYPE)
  return isPost ? bytesOf(await receiveBody(raw, BODY_LIMIT)).toString() : ''
}

/** Refuses all calls of a request in the shape of all refusals, with tRPC's beside it, because its clients read that. */
function refuseCalls(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  if (!(error instanceof TRPCError)) throw error
  const code = errorCodeOf(error)
  const call = { type: 'unknown', path: undefined, input: undefined, ctx: undefined } as const
  const { data, ...shape } = getTRPCErrorShape({ config: appRouter._def._config, error, ...call })
  reply.code(ERROR_CODES[code].status)
  return sendJson(reply, {
    ...errorBody(request.id, code, error.message),
    error: { ...shape, data: { ...data, request_id: request.id } },
  })
}
