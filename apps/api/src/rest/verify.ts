import {
  type Context,
  checkKey,
  explainError,
  ResourceId,
  refusal,
  refuseRequest,
  type VerifiedKey,
} from '@project-keys/keys'
import { TRPCError } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendJson } from './answer.ts'
import { queryOf, queryReader } from './query.ts'

/**
 * Serves GET /v0/verify by a plain route that calls the procedure's own function, because gateways call it on each of
 * their requests and a tRPC call costs more than the verification. A cached answer is sent in the same turn of the event
 * loop.
 */
export function serveVerify(app: FastifyInstance, createContext: (request: FastifyRequest) => Context) {
  app.get('/v0/verify', (request, reply) => {
    const ctx = createContext(request)
    const fail = (error: unknown) => {
      const said = error instanceof TRPCError ? explainError(error, ctx) : error
      reply.headers(ctx.headers)
      throw said
    }
    try {
      const key = verify(ctx, request.url)
      return key instanceof Promise ? key.then((late) => send(reply, late), fail) : send(reply, key)
    } catch (error) {
      return fail(error)
    }
  })
}

function verify(ctx: Context, url: string) {
  let project: string | undefined
  try {
    project = projectIn(queryOf(url))
  } catch (error) {
    return refuseRequest(ctx, error)
  }
  return checkKey(ctx, project)
}

const Project = ResourceId.optional()
const readQuery = queryReader({ project: Project })

/** The project that the key must belong to. Without a query, no parser runs. */
function projectIn(query: string): string | undefined {
  if (query === '') return undefined
  const { success, data, error } = Project.safeParse(readQuery(query).project)
  if (!success) throw refusal('invalid_input', `project: ${error.issues[0]?.message}.`)
  return data
}

function send(reply: FastifyReply, { uuid, name, project, expiration }: VerifiedKey) {
  reply.header('x-project', project.slug).header('x-project-key', uuid)
  return sendJson(reply, { uuid, name, project, expiration: expiration.toISOString().replace(/\.\d+Z$/, 'Z') })
}
