import type { Verifier } from '@project-keys/keys'
import type { FastifyInstance } from 'fastify'
import { refuse, sendJson } from './answer.ts'

type Health = ReturnType<Verifier['health']>

const AWAY = 'The database was not heard of for more than a second; the log says why.'

/**
 * For those who run the service: whether it can answer, and how the bound of revocation is kept. Why the database does
 * not answer is logged alone, for it names where the database is.
 */
export function serveHealth(app: FastifyInstance, { verifier, version }: { verifier: Verifier; version: string }) {
  app.get('/health', (request, reply) => {
    const health = verifier.health()
    const { fresh, failure, usage } = health
    if (!fresh || usage) request.log.warn({ failure, usage }, 'the database does not answer')
    if (!fresh) return refuse(request, reply.header('retry-after', '1'), 'database_unavailable', AWAY)
    return sendJson(reply, { status: 'ok', version, verification: reportOf(health) })
  })

  app.get('/metrics', (_request, reply) =>
    reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8').send(metricsOf(verifier.health())),
  )
}

const reportOf = ({ bound, age, slowest, fresh, keys, unknown, usage }: Health) => ({
  bound_ms: bound,
  evidence_ms: age,
  slowest_ms: slowest,
  fresh,
  remembered_keys: keys,
  unknown_keys: unknown,
  usage_written: usage === null,
})

/** In the text format of Prometheus; times in seconds. */
const metricsOf = ({ bound, age, slowest, fresh, keys, unknown, usage }: Health) =>
  [
    gauge('revocation_bound_seconds', 'After how long a revoked key works nowhere.', bound / 1000),
    gauge('revocation_slowest_seconds', 'The longest that a change took to get here, since the start.', slowest / 1000),
    gauge('evidence_age_seconds', 'Since when the database was not heard of.', age === null ? NaN : age / 1000),
    gauge('evidence_fresh', 'Whether memory answers now (1), or the database is asked each time (0).', Number(fresh)),
    gauge('remembered_keys', 'Keys that are in memory.', keys),
    gauge('unknown_keys', 'Keys that are briefly remembered as unknown.', unknown),
    gauge(
      'usage_written',
      'Whether the use of keys was written the last time (1), or waits (0).',
      Number(usage === null),
    ),
  ].join('')

const gauge = (name: string, help: string, value: number) =>
  `# HELP project_keys_${name} ${help}\n# TYPE project_keys_${name} gauge\nproject_keys_${name} ${value}\n`
