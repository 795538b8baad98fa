import type { Secrets, Verifier } from '@project-keys/keys'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { refuse, sendJson } from './answer.ts'
import { serveOtherMethods } from './methods.ts'
import { oldSecretMetric } from './old-secret-metric.ts'

type Health = ReturnType<Verifier['health']>

const AWAY = 'The database has not answered for more than a second; the log says why.'

/** The path that answers as soon as the process listens. */
export const LIVENESS = '/livez'

type Options = { service: () => { verifier: Verifier; secrets: Secrets }; version: string }

/**
 * For operators: whether the process runs, whether the service can answer, and how fast revocations take effect. The
 * reason of a database failure goes only to the log, because it names the database's address.
 */
export function serveHealth(app: FastifyInstance, { service, version }: Options) {
  // It asks for nothing else, because a restart of this process does not bring the database back.
  app.get(LIVENESS, (_request, reply) => sendJson(reply, { status: 'ok' }))

  const serveWhileVerifying = (path: string, answer: (health: Health) => object) =>
    app.get(path, (request, reply) => {
      const health = service().verifier.health()
      return refuseAway(health, request, reply) ?? sendJson(reply, answer(health))
    })
  serveWhileVerifying('/readyz', (health) => ({ status: statusOf(health) }))
  serveWhileVerifying('/health', (health) => ({ status: statusOf(health), version, verification: reportOf(health) }))

  app.get('/metrics', (_request, reply) => {
    const { verifier, secrets } = service()
    const metrics = metricsOf(verifier.health()) + oldSecretMetric(secrets)
    return reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8').send(metrics)
  })
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

/** The metrics in Prometheus' text format, with times in seconds. */
const metricsOf = ({ bound, age, slowest, fresh, stale, keys, unknown, usage, limits }: Health) =>
  [
    gauge('revocation_bound_seconds', 'The time after which a revoked key works nowhere.', bound / 1000),
    gauge(
      'revocation_slowest_seconds',
      'The longest time that a change took to arrive, since the start.',
      slowest / 1000,
    ),
    gauge('evidence_age_seconds', 'The time since the database last answered.', age === null ? NaN : age / 1000),
    gauge('evidence_fresh', 'Whether the cache may answer (1), or each call asks the database (0).', Number(fresh)),
    gauge('evidence_stale', 'Whether known keys are good although the database is away (1).', Number(stale)),
    gauge('remembered_keys', 'The number of cached keys.', keys),
    gauge('unknown_keys', 'The number of keys that are briefly cached as unknown.', unknown),
    gauge(
      'usage_written',
      'Whether the last write of key usage succeeded (1), or will be retried (0).',
      Number(usage === null),
    ),
    gauge(
      'limits_shared',
      'Whether processes tell each other how often keys with a limit are used (1), or this one counts alone (0).',
      Number(limits === null),
    ),
  ].join('')

const gauge = (name: string, help: string, value: number) =>
  `# HELP project_keys_${name} ${help}\n# TYPE project_keys_${name} gauge\nproject_keys_${name} ${value}\n`
