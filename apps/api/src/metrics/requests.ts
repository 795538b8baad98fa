import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Metrics } from './metrics.ts'

const APIS = ['verify', 'rest', 'trpc', 'other', 'unknown'] as const
type Api = (typeof APIS)[number]

/** The route is the pattern, and the same for all paths that no route has. */
export type Route = { route: string; api: Api }
const UNKNOWN: Route = { route: 'unknown', api: 'unknown' }

/** Others, which Node knows dozens of, are one value. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
/** In seconds: a cached verification takes less than the first one, and a request may wait 3 s for the database. */
const BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 3, 10]

const routes = new Map<string, Route>()

/** How a request is named where its URL must not be, as `/v0/projects/{project}`. */
export function routeOf({ routeOptions: { url } }: FastifyRequest): Route {
  if (url === undefined) return UNKNOWN
  const known = routes.get(url)
  if (known) return known
  const found = { route: url.replace(/:(\w+)/g, '{$1}'), api: apiOf(url) }
  routes.set(url, found)
  return found
}

function apiOf(url: string): Api {
  if (url.endsWith('/verify')) return 'verify'
  if (url.startsWith('/v0/')) return 'rest'
  return url.startsWith('/trpc/') ? 'trpc' : 'other'
}

export const methodOf = ({ method }: FastifyRequest): string => (METHODS.includes(method) ? method : 'other')

/** Counts each request when its response was sent. */
export function countRequests(app: FastifyInstance, { counterOf, histogram }: Metrics) {
  const count = counterOf({
    name: 'http_requests_total',
    help: 'The requests that were answered, by the pattern of their route.',
    labels: ['method', 'route', 'status'],
  })
  const observe = histogram({
    name: 'http_request_duration_seconds',
    help: 'The time from the head of a request to the end of its response.',
    label: 'api',
    values: APIS,
    buckets: BUCKETS,
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { route, api } = routeOf(request)
    count({ method: methodOf(request), route, status: String(reply.statusCode) })
    observe(api, reply.elapsedTime / 1000)
    done()
  })
}
