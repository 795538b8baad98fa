import type { Secrets } from '@project-keys/keys'

const NAME = 'project_keys_old_secret_uses_total'
const HELP = 'How often something was good only by a secret of SECRET_KEYS_BEFORE.'

/** A counter for each kind of thing that SECRET_KEY vouches for, in Prometheus' text format. */
export function oldSecretMetric(secrets: Secrets): string {
  const samples = Object.entries(secrets.oldUses()).map(([kind, uses]) => `${NAME}{kind="${kind}"} ${uses}\n`)
  return `# HELP ${NAME} ${HELP}\n# TYPE ${NAME} counter\n${samples.join('')}`
}
