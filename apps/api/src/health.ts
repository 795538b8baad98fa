import type { Verifier } from '@project-keys/keys'
import type { FastifyInstance } from 'fastify'
import { sendJson } from './answer.ts'

/** For those who run the service: whether it can answer, and how the bound of revocation is kept. */
export function serveHealth(app: FastifyInstance, { verifier, version }: { verifier: Verifier; version: string }) {
  app.get('/health', (_request, reply) => {
    const verification = verifier.health()
    const status = verification.fresh ? 'ok' : 'the database does not answer'
    return sendJson(reply.code(verification.fresh ? 200 : 503), { status, version, verification })
  })

  app.get('/metrics', (_request, reply) =>
    reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8').send(metricsOf(verifier.health())),
  )
}

type Health = ReturnType<Verifier['health']>

/** In the text format of Prometheus; times in seconds. */
const metricsOf = ({ bound, evidence, slowest, fresh, keys }: Health) =>
  [
    gauge('revocation_bound_seconds', 'After how long a revoked key works nowhere.', bound / 1000),
    gauge('revocation_slowest_seconds', 'The longest that a change took to get here, since the start.', slowest / 1000),
    gauge(
      'evidence_age_seconds',
      'Since when the database was not heard of.',
      evidence === null ? 'NaN' : evidence / 1000,
    ),
    gauge('evidence_fresh', 'Whether memory answers now (1), or the database is asked each time (0).', Number(fresh)),
    gauge('remembered_keys', 'Keys that are in memory.', keys),
  ].join('')

const gauge = (name: string, help: string, value: number | string) =>
  `# HELP project_keys_${name} ${help}\n# TYPE project_keys_${name} gauge\nproject_keys_${name} ${value}\n`
