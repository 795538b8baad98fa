import { METHODS } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerAt, refuse } from './answer.ts'

const REQUESTED = 'access-control-request-headers'
/** The characters of a list of header names (RFC 9110, section 5.6.2). */
const NAMES = /^[\w!#$%&'*+.^`|~\-, ]+$/

/**
 * Says to a browser that a page of another origin may send every header that it asks for: tracing adds some, and no
 * header gives a page more rights, because there are no cookies.
 */
const allowedHeaders = (requested: string | string[] | undefined) =>
  typeof requested === 'string' && NAMES.test(requested)
    ? namesIn(requested).join(', ')
    : 'Authorization, Content-Type, Idempotency-Key'
/** Not split by an expression that takes the blanks, too, because that takes quadratic time. */
const namesIn = (list: string) => list.split(',').map((name) => name.trim())

const withImplied = (methods: string[]) => [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS']

/** Says what is allowed. */
export const allowMethods = ({ headers }: FastifyRequest, reply: FastifyReply, allow: string) =>
  reply
    .code(204)
    .headers({
      allow,
      vary: REQUESTED,
      'access-control-allow-methods': allow,
      'access-control-allow-headers': allowedHeaders(headers[REQUESTED]),
      'access-control-max-age': '86400',
    })
    .send()

/** Answers OPTIONS, and so a browser's preflight. */
export function serveOptions(app: FastifyInstance, path: string, methods: string[]) {
  const allow = withImplied(methods).join(', ')
  answerAt(app, ['OPTIONS'], path, async (request, reply) => allowMethods(request, reply, allow))
}

/** The same, and a 405 for all methods that the path does not have. */
export function serveOtherMethods(app: FastifyInstance, path: string, methods: string[]) {
  serveOptions(app, path, methods)
  const allowed = withImplied(methods)
  const allow = allowed.join(', ')
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
