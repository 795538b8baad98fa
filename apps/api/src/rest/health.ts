import type { Verifier } from '@project-keys/keys'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Metrics } from '../metrics/metrics.ts'
import { refuse, sendJson } from './answer.ts'
import { serveOtherMethods } from './methods.ts'

type Health = ReturnType<Verifier['health']>

const AWAY = 'The database has not answered for more than a second; the log says why.'

/** The path that answers as soon as the process listens. */
export const LIVENESS = '/livez'

type Options = { verifier: () => Verifier; version: string; metrics: Metrics }

/**
 * For operators: whether the process runs, whether the service can answer, and how fast revocations take effect. The
 * reason of a database failure goes only to the log, because it names the database's address.
 */
export function serveHealth(app: FastifyInstance, { verifier, version, metrics }: Options) {
  // It asks for nothing else, because a restart of this process does not bring the database back.
  app.get(LIVENESS, (_request, reply) => sendJson(reply, { status: 'ok' }))

  const serveWhileVerifying = (path: string, answer: (health: Health) => object) =>
    app.get(path, (request, reply) => {
      const health = verifier().health()
      return refuseAway(health, request, reply) ?? sendJson(reply, answer(health))
    })
  serveWhileVerifying('/readyz', (health) => ({ status: statusOf(health) }))
  serveWhileVerifying('/health', (health) => ({ status: statusOf(health), version, verification: reportOf(health) }))

  app.get('/metrics', async (_request, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.text()),
  )
  for (const path of ['/health', '/metrics']) serveOtherMethods(app, path, ['GET'])
}

/** `stale`: the database is away, and keys that were good stay good for STALE_IF_DOWN. */
const statusOf = ({ stale }: Health) => (stale ? 'stale' : 'ok')

function refuseAway({ fresh, stale, failure, usage }: Health, request: FastifyRequest, reply: FastifyReply) {
  if (!fresh || usage) request.log.warn({ failure, usage }, 'the database does not answer')
  return fresh || stale ? null : refuse(request, reply.header('retry-after', '1'), 'database_unavailable', AWAY)
}

const reportOf = ({ bound, age, slowest, fresh, stale, keys, unknown, usage, limits }: Health) => ({
  bound_ms: bound,
  evidence_ms: age,
  slowest_ms: slowest,
  fresh,
  stale,
  remembered_keys: keys,
  unknown_keys: unknown,
  usage_written: usage === null,
  limits_shared: limits === null,
})
