import { LIMITED, type Limits, QUOTAS, type Quotas } from '@project-keys/keys'
import type { Metrics } from './metrics.ts'

type Guards = { limits: Limits; quotas: Quotas }

/** The same limits and quotas, which count what they refuse. */
export function countRefused({ counter }: Metrics, { limits, quotas }: Guards): Guards {
  const limited = counter({
    name: 'rate_limited_total',
    help: 'The attempts that a rate limit of the service refused.',
    label: 'limit',
    values: LIMITED,
  })
  const full = counter({
    name: 'quota_exceeded_total',
    help: 'The attempts to make one more than a quota allows.',
    label: 'quota',
    values: QUOTAS,
  })
  const take: Limits['take'] = (what, who, now) => {
    const wait = limits.take(what, who, now)
    if (wait !== null) limited(what)
    return wait
  }
  const allows: Quotas['allows'] = async (what, owner, count) => {
    const allowed = await quotas.allows(what, owner, count)
    if (!allowed) full(what)
    return allowed
  }
  return { limits: { ...limits, take }, quotas: { ...quotas, allows } }
}
