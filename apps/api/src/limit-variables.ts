import type { Counted, Limit, Limited } from '@project-keys/keys'
import type { z } from 'zod'

const LIMITS: Record<Limited, Limit> = {
  sign_in: { count: 20, span: 3600 },
  authentication: { count: 60, span: 60 },
  keys: { count: 120, span: 60 },
  mails: { count: 120, span: 3600 },
  recipients: { count: 20, span: 3600 },
}
const LIMIT = /^([a-z_]+)=(\d{1,9})\/(\d{1,9})$/
const LIMITS_HINT = `must be off, or limits as times/seconds, such as ${Object.entries(LIMITS)
  .map(([name, { count, span }]) => `${name}=${count}/${span}`)
  .join(',')}`

/** Reads RATE_LIMITS; null if there are none. A limit that is not named keeps its default. */
export function readLimits(text: string, { issues }: z.RefinementCtx<string>): Record<Limited, Limit> | null {
  if (text === 'off') return null
  const limits = { ...LIMITS }
  for (const part of text.split(',').filter(Boolean)) {
    const [, name, count, span] = LIMIT.exec(part) ?? []
    if (!isLimited(name) || Number(count) < 1 || Number(span) < 1) {
      issues.push({ code: 'custom', message: LIMITS_HINT, input: text })
      break
    }
    limits[name] = { count: Number(count), span: Number(span) }
  }
  return limits
}

const QUOTA = /^([a-z_]+)=(\d{1,9})$/
const QUOTAS: Record<Counted, number> = { organizations: 100, projects: 1000, invitations: 1000, keys: 100_000 }
const QUOTAS_HINT = `must be off, or quotas such as ${Object.entries(QUOTAS)
  .map((quota) => quota.join('='))
  .join(',')}`

/** Reads QUOTAS; null if there are none. A quota that is not named keeps its default. */
export function readQuotas(text: string, { issues }: z.RefinementCtx<string>): Record<Counted, number> | null {
  if (text === 'off') return null
  const quotas = { ...QUOTAS }
  for (const part of text.split(',').filter(Boolean)) {
    const [, name, most] = QUOTA.exec(part) ?? []
    if (!isCounted(name)) {
      issues.push({ code: 'custom', message: QUOTAS_HINT, input: text })
      break
    }
    quotas[name] = Number(most)
  }
  return quotas
}

const isCounted = (name: string | undefined): name is Counted => name !== undefined && Object.hasOwn(QUOTAS, name)

const isLimited = (name: string | undefined): name is Limited => name !== undefined && Object.hasOwn(LIMITS, name)
