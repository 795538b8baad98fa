import {
  type Context,
  context,
  DiagLogLevel,
  diag,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { getNumberFromEnv, W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { type Statement, statements } from '@project-keys/verify/statements'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { methodOf, routeOf } from '../metrics/requests.ts'
import type { Tracing } from './tracing.ts'

const NAME = 'project-keys-api'
const SEND_EVERY_MS = 5000
const STOP_TIMEOUT_MS = 3000
/** A collector that is away is told of once in this time. */
const TELL_EVERY_MS = 60_000

/** Spans have routes and never URLs, and of a statement what it does, and never its text or a value. */
export function openTracing(version: string): Tracing {
  tellFaults()
  const own = resourceFromAttributes({ 'service.name': NAME, 'service.version': version })
  const resource = defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }))
  const processor = new BatchSpanProcessor({
    exporter: new OTLPTraceExporter(),
    scheduledDelayMillis: getNumberFromEnv('OTEL_BSP_SCHEDULE_DELAY') ?? SEND_EVERY_MS,
  })
  const provider = new TracerProvider({ resource, spanProcessors: [processor] })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  const tracer = provider.getTracer(NAME, version)

  traceStatements((name, options) => tracer.startSpan(name, options))
  return {
    requests: (app) =>
      traceRequests(app, (request, parent) => tracer.startSpan(methodOf(request), { kind: SpanKind.SERVER }, parent)),
    task: (name, work) =>
      tracer.startActiveSpan(`worker ${name}`, { root: true }, async (span) => {
        try {
          return await work()
        } catch (error) {
          span.setStatus({ code: SpanStatusCode.ERROR })
          throw error
        } finally {
          span.end()
        }
      }),
    stop: () => Promise.race([provider.shutdown().catch(() => {}), new Promise<void>(later)]),
  }
}

const later = (done: () => void) => void setTimeout(done, STOP_TIMEOUT_MS).unref()

function tellFaults() {
  let told = Number.NEGATIVE_INFINITY
  const error = (message: string) => {
    if (performance.now() - told < TELL_EVERY_MS) return
    told = performance.now()
    console.error(`Traces could not be sent: ${message}`)
  }
  const nothing = () => {}
  diag.setLogger({ error, warn: nothing, info: nothing, debug: nothing, verbose: nothing }, DiagLogLevel.ERROR)
}

type StartOfRequest = (request: FastifyRequest, parent: Context) => Span

function traceRequests(app: FastifyInstance, start: StartOfRequest) {
  const spans = new WeakMap<FastifyRequest, Span>()
  app.addHook('onRequest', (request, _reply, done) => {
    const parent = propagation.extract(ROOT_CONTEXT, request.headers)
    const span = start(request, parent)
    spans.set(request, span)
    context.with(trace.setSpan(parent, span), done)
  })
  app.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request)
    const { route } = routeOf(request)
    const method = methodOf(request)
    span?.updateName(`${method} ${route}`)
    span?.setAttributes({
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': reply.statusCode,
    })
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR })
    span?.end()
    done()
  })
}

type StartOfStatement = (name: string, options: { kind: SpanKind; attributes: Record<string, string> }) => Span

function traceStatements(start: StartOfStatement) {
  const spans = new WeakMap<Statement, Span>()
  statements.subscribe({
    start: (statement) => {
      const { operation, name } = statement
      const attributes = {
        'db.system.name': 'postgresql',
        'db.operation.name': operation,
        ...(name !== undefined && { 'db.query.name': name }),
      }
      spans.set(statement, start(`${operation} postgresql`, { kind: SpanKind.CLIENT, attributes }))
    },
    end: () => {},
    asyncStart: () => {},
    asyncEnd: (statement) => spans.get(statement)?.end(),
    error: (statement) => spans.get(statement)?.setStatus({ code: SpanStatusCode.ERROR }),
  })
}
