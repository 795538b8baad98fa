import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import {
  type AppRouter,
  appRouter,
  type Context,
  type ErrorCode,
  errorCodeOf,
  redact,
  type Service,
  wholeSecond,
} from '@project-keys/keys'
import { trusting } from '@project-keys/network'
import { TRPCError } from '@trpc/server'
import { type FastifyTRPCPluginOptions, fastifyTRPCPlugin } from '@trpc/server/adapters/fastify'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { commonHeaders, refuse, refuseSocket } from './rest/answer.ts'
import { BODY_LIMIT } from './rest/body.ts'
import { clientAddress } from './rest/client-address.ts'
import { serveDocs } from './rest/docs-page.ts'
import { describeApi } from './rest/document.ts'
import { serveHealth } from './rest/health.ts'
import { knowAllMethods, serveRest } from './rest/serve.ts'
import { serveVerify } from './rest/verify.ts'

type Options = {
  service: Omit<Service, 'document'>
  version: string
  logLevel: string
  /** Who may tell a client's address for it (X-Forwarded-For): addresses and networks. */
  trustedProxies?: string[]
  /** Shown by the console, which speaks for browsers and tells their addresses. */
  consoleToken?: string | undefined
  clock?: () => Date
}

/** Above what a request line can hold: a long segment is then refused by what it names, not by its length. */
const LONGEST_SEGMENT = 1 << 14
/** How many calls of tRPC may travel in one request. */
const MOST_CALLS = 16
const BAD_URL = 'FST_ERR_BAD_URL'
const FAULT = 'Something went wrong here, and it is not your fault. Tell the operator the request id.'

/** The server with REST at /v0, tRPC at /trpc and the document at /docs; not listening yet. */
export async function createServer({
  service,
  version,
  logLevel,
  trustedProxies = [],
  consoleToken,
  clock = now,
}: Options) {
  const app = fastify({
    logger: {
      level: logLevel,
      redact: ['req.headers.authorization', 'req.headers.cookie'],
      hooks: { streamWrite: redact },
    },
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: trustedProxies.length > 0 ? trusting(trustedProxies) : false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: 60_000,
    // Fastify's own 503 has another shape, and the few requests that arrive while the server closes are answered in time.
    return503OnClosing: false,
    // Node's own answer to a request without Host has no body: see the hook.
    http: { requireHostHeader: false },
    routerOptions: { ignoreDuplicateSlashes: true, ignoreTrailingSlash: true, maxParamLength: LONGEST_SEGMENT },
    frameworkErrors: (error, request, reply) => refuse(request, reply, fastifyCode(error), sentenceOf(error)),
    clientErrorHandler: refuseBrokenHttp,
  })
  knowAllMethods(app)
  refuseExpectations(app)
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(commonHeaders(request.id))
    if (!request.headers.host && request.raw.httpVersion === '1.1') {
      return refuse(request, reply, 'missing_host', 'The request has no Host header.')
    }
  })
  app.setNotFoundHandler((request, reply) =>
    refuse(request, reply, 'route_not_found', 'There is nothing at this address: see /docs.'),
  )
  app.setErrorHandler(answerError)

  const document = describeApi(appRouter, version)
  const createContext = (request: FastifyRequest): Context => ({
    ...service,
    document: () => document,
    requestId: request.id,
    now: wholeSecond(clock()),
    // Node would keep the first of two, and a proxy in front of it perhaps the last.
    authorization: request.raw.headersDistinct.authorization?.join(', '),
    address: clientAddress(request, consoleToken),
    params: null,
    headers: {},
    worker: false,
  })
  serveRest(app, { router: appRouter, createContext })
  serveVerify(app, createContext)
  serveHealth(app, { verifier: service.verifier, version })
  await app.register(fastifyTRPCPlugin, trpcOptions(createContext))
  serveDocs(app)
  return app
}

const now = () => new Date()

function trpcOptions(createContext: (request: FastifyRequest) => Context) {
  return {
    prefix: '/trpc',
    trpcOptions: {
      router: appRouter,
      maxBatchSize: MOST_CALLS,
      createContext: ({ req }) => createContext(req),
      responseMeta: ({ ctx }) => ({ headers: ctx?.headers ?? {} }),
      onError: ({ error, req }) => logFault(req, error),
    },
  } satisfies FastifyTRPCPluginOptions<AppRouter> & { prefix: string }
}

function answerError(error: FastifyError | TRPCError, request: FastifyRequest, reply: FastifyReply) {
  if (error instanceof TRPCError) {
    logFault(request, error)
    return refuse(request, reply, errorCodeOf(error), error.message)
  }
  if ((error.statusCode ?? 500) < 500) return refuse(request, reply, fastifyCode(error), sentenceOf(error))
  request.log.error({ err: error }, 'fault')
  return refuse(request, reply, 'internal_error', FAULT)
}

const CODE_OF_STATUS: Record<number, ErrorCode> = {
  403: 'permission_denied',
  404: 'route_not_found',
  413: 'body_too_large',
  415: 'unsupported_media_type',
}

const fastifyCode = ({ code, statusCode = 400 }: FastifyError): ErrorCode =>
  code === BAD_URL ? 'invalid_path' : (CODE_OF_STATUS[statusCode] ?? 'invalid_request')

function logFault(request: FastifyRequest, error: TRPCError) {
  if (getHTTPStatusCodeFromError(error) >= 500) request.log.error({ err: error.cause ?? error }, error.code)
}

const sentenceOf = ({ code, message }: { code?: string; message: string }) =>
  code === BAD_URL
    ? 'The path is not valid: a % must be followed by the code of a letter in UTF-8.'
    : message.replace(/\.*$/, '.')

const BROKEN_HTTP: Record<string, [ErrorCode, string]> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The headers are too large: 16 KiB is the most.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request took too long to arrive.'],
}

function refuseBrokenHttp(error: Error & { code?: string }, socket: Socket) {
  const [code, message] = BROKEN_HTTP[error.code ?? ''] ?? ['invalid_http', 'This is not valid HTTP.']
  refuseSocket(socket, code, message)
}

/** Node refuses these without a body. */
function refuseExpectations(app: FastifyInstance) {
  app.server.on('checkExpectation', ({ socket }) =>
    refuseSocket(socket, 'expectation_failed', 'Only `Expect: 100-continue` can be met.'),
  )
  app.server.on('connect', (_request, socket: Socket) =>
    refuseSocket(socket, 'method_not_allowed', 'CONNECT is not allowed here.'),
  )
}
