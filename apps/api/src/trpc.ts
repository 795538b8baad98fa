import { appRouter, type Context, refusal } from '@project-keys/keys'
import { fastifyRequestHandler } from '@trpc/server/adapters/fastify'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { answerAt } from './rest/answer.ts'
import { bytesOf, JSON_TYPE, requireType } from './rest/body.ts'
import { BODY_LIMIT, isLongerThan, receiveBody } from './rest/bytes.ts'
import { logFailure } from './rest/errors.ts'

/** The most calls in one request. */
const MAX_BATCH_SIZE = 16

/**
 * Serves the router at /trpc. It receives the body itself, because tRPC's own plugin keeps a form of any length in
 * memory. tRPC asks for the caller when the body is here, and so does not act on what was true before.
 */
export function serveTrpc(app: FastifyInstance, createContext: (request: FastifyRequest) => Context) {
  answerAt(app, app.supportedMethods, '/trpc/{path}', async (request, reply) => {
    const { path = '' } = request.params
    requireSmallBatch(path)
    request.body = await textOf(request)
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
  throw refusal('invalid_request', `A batch must have at most ${MAX_BATCH_SIZE} calls.`)
}

/** The body of a POST; no other request has one. @throws 413 and 415 before a byte is read, if the head tells; 408 */
async function textOf({ method, raw }: FastifyRequest): Promise<string> {
  const isPost = method === 'POST'
  if (!isPost || !isLongerThan(raw, BODY_LIMIT)) requireType(raw.headers, JSON_TYPE, isPost ? '' : JSON_TYPE)
  return isPost ? bytesOf(await receiveBody(raw, BODY_LIMIT)).toString() : ''
}
