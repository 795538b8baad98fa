import { randomUUID } from 'node:crypto'
import { appRouter, type Context, redact, type Service, wholeSecond } from '@project-keys/keys'
import { trusting } from '@project-keys/network'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import { serveDocs } from './docs/page.ts'
import { describeReference } from './docs/reference.ts'
import { createMetrics, type Metrics } from './metrics/metrics.ts'
import { countRequests } from './metrics/requests.ts'
import { measureService } from './metrics/service.ts'
import { commonHeaders, refuse } from './rest/answer.ts'
import { limitTimeOfBody } from './rest/bytes.ts'
import { clientAddress, isAddressInDoubt } from './rest/client-address.ts'
import { compressTexts } from './rest/compression.ts'
import { describeApi } from './rest/document.ts'
import { answerBadRequest, answerError, refuseBrokenHttp, refuseExpectations } from './rest/errors.ts'
import { requireExactPaths } from './rest/exact-paths.ts'
import { LIVENESS, serveHealth } from './rest/health.ts'
import { knowAllMethods } from './rest/methods.ts'
import { serveOAuthMetadata } from './rest/oauth-metadata.ts'
import { logRequests, type RefusedOnSocket, type RequestLog } from './rest/request-log.ts'
import { serveRest } from './rest/serve.ts'
import { serveVerify, withoutClientPath } from './rest/verify.ts'
import type { Tracing } from './tracing/tracing.ts'
import { serveTrpc } from './trpc.ts'

/** The parts of the service that requests need. */
export type Started = Omit<Service, 'document'>

type Options = {
  /** Null until the service has started. */
  started: () => Started | null
  /** Whether a newer release has changed the database so that this process would answer wrongly. */
  isOutdated?: () => boolean
  version: string
  /** The address at which people reach the API. */
  apiUrl: string
  logLevel: string
  /** One line for each request. */
  logRequests?: boolean
  /** The proxies whose X-Forwarded-For counts: addresses and networks. */
  trustedProxies?: string[]
  /** A secret by which the console proves itself, because it tells the API the addresses of browsers. */
  consoleToken?: string | undefined
  clock?: () => Date
  metrics?: Metrics
  /** Makes a span of each request. */
  tracing?: Pick<Tracing, 'requests'> | null
  /** Takes the lines of the log; the standard output unless given. */
  logStream?: { write: (line: string) => void } | undefined
}

/** More than a request line can hold, so that a long segment is refused for its content and not for its length. */
const LONGEST_SEGMENT = 1 << 14

/**
 * Creates the server with REST at /v0, tRPC at /trpc and the document at /docs. It does not listen yet. It may listen
 * before the service has started, and then tells everybody to try again.
 */
export async function createServer({
  started,
  isOutdated = () => false,
  version,
  apiUrl,
  logLevel,
  logRequests: isAsked = false,
  trustedProxies = [],
  consoleToken,
  clock = now,
  metrics = createMetrics(),
  tracing = null,
  logStream,
}: Options) {
  const isTrusted = trustedProxies.length > 0 ? trusting(trustedProxies) : () => false
  let requestLog: RequestLog | null = null
  const tell = (refused: RefusedOnSocket) => requestLog?.refusedOnSocket(refused)
  const app = fastify({
    logger: {
      level: logLevel,
      ...(logStream && { stream: logStream }),
      redact: ['req.headers.authorization', 'req.headers.cookie'],
      hooks: { streamWrite: redact },
    },
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    rewriteUrl: withoutClientPath,
    trustProxy: trustedProxies.length > 0 ? isTrusted : false,
    requestTimeout: 60_000,
    // Requests that arrive while the server closes are served, because Fastify's own 503 has another shape.
    return503OnClosing: false,
    // The hook below checks the Host header, because Node's own refusal has no body.
    http: { requireHostHeader: false },
    routerOptions: { ignoreDuplicateSlashes: true, ignoreTrailingSlash: true, maxParamLength: LONGEST_SEGMENT },
    frameworkErrors: (error, request, reply) => {
      requestLog?.watch(request, reply)
      answerBadRequest(error, request, reply)
    },
    clientErrorHandler: (error, socket) => refuseBrokenHttp(error, socket, tell),
    // Its two lines for each request have the URL.
    logController: new LogController({ disableRequestLogging: isAsked }),
  })
  tracing?.requests(app)
  if (isAsked) requestLog = logRequests(app, (request) => clientAddress(request, consoleToken))
  knowAllMethods(app)
  refuseExpectations(app, tell)
  readNoBodies(app)
  countRequests(app, metrics)
  app.addHook('onRequest', async (request, reply) => {
    limitTimeOfBody(request.raw, reply.raw)
    reply.headers(commonHeaders(request.id))
    if (!request.headers.host && request.raw.httpVersion === '1.1') {
      return refuse(request, reply, 'missing_host', 'The request has no Host header.')
    }
    if (request.routeOptions.url !== LIVENESS) {
      if (isOutdated()) return refuseOutdated(request, reply)
      if (!started()) return refuseUntilStarted(request, reply)
    }
    if (request.is404) return refuseRoute(request, reply)
  })
  requireExactPaths(app)
  compressTexts(app)
  app.setNotFoundHandler(refuseRoute)
  app.setErrorHandler(answerError)

  const service = () => started() ?? notStarted()
  measureService(metrics, service)
  const document = describeApi(appRouter, { version, apiUrl })
  const createContext = (request: FastifyRequest): Context => ({
    ...service(),
    document: () => document,
    requestId: request.id,
    now: wholeSecond(clock()),
    // Of two headers Node would take the first, and a proxy perhaps the last: joined, they are refused.
    authorization: request.raw.headersDistinct.authorization?.join(', '),
    requestHeaders: request.headers,
    address: clientAddress(request, consoleToken),
    noteUser: requestLog ? (user) => requestLog?.noteUser(request, user) : undefined,
    addressInDoubt: isAddressInDoubt(request, { isTrusted, consoleToken }),
    params: null,
    headers: {},
    worker: false,
  })
  serveRest(app, { router: appRouter, createContext })
  serveVerify(app, createContext)
  serveOAuthMetadata(app)
  serveHealth(app, { verifier: () => service().verifier, version, metrics })
  serveTrpc(app, createContext)
  serveDocs(app, { reference: describeReference(appRouter, document), apiUrl, consoleUrl: () => service().consoleUrl })
  return app
}

const now = () => new Date()

const notStarted = (): never => {
  throw new Error('A request reached the service before it had started.')
}

const refuseUntilStarted = (request: FastifyRequest, reply: FastifyReply) =>
  refuse(request, reply.header('retry-after', '1'), 'starting', 'The service is starting. Try again in a second.')

const refuseOutdated = (request: FastifyRequest, reply: FastifyReply) =>
  refuse(
    request,
    reply.headers({ 'retry-after': '1', connection: 'close' }),
    'outdated',
    'A newer release has taken over from this process. Try again in a second: another process will answer.',
  )

const refuseRoute = (request: FastifyRequest, reply: FastifyReply) =>
  refuse(request, reply, 'route_not_found', 'There is no such path: see /docs.')

/** Fastify reads no body: each route that takes one receives it by itself, all with the same limits. */
function readNoBodies(app: FastifyInstance) {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _body, done) => done(null))
}
