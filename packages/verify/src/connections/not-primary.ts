import type { Look } from './looks.ts'
import { nameOf } from './url.ts'

const STANDBY = 'The database is a standby, not the primary.'
const OUTDATED = 'The database is an old primary, beside which another one was promoted.'
/** SQLSTATE: "read only transaction", as the server itself would refuse a write, and "unable to connect". */
const [READ_ONLY, UNABLE] = ['25006', '08001']

export const standbyError = () => Object.assign(new Error(STANDBY), { code: READ_ONLY })
export const outdatedError = () => Object.assign(new Error(OUTDATED), { code: UNABLE })

/** What all hosts say, if it is the same; else a message that begins with "None of the hosts" and says it of each. */
export function noPrimaryError(looks: Look[]): unknown {
  const errors = looks.flatMap((look) => ('error' in look && /^(28|3D)/.test(codeOf(look.error)) ? [look.error] : []))
  if (errors.length === looks.length) return errors[0]
  const reasons = looks.map((look) => `${nameOf(look.host)} ${reasonOf(look)}`).join(', ')
  return Object.assign(new Error(`None of the hosts is a primary: ${reasons}.`), { code: UNABLE })
}

/** Such as "is a standby" or "can't be reached (ECONNREFUSED)". */
export function reasonOf(look: Look): string {
  if ('said' in look) return look.said.replica ? 'is a standby' : 'is an old primary'
  const code = codeOf(look.error)
  if (/^28/.test(code)) return 'refuses the user or password'
  if (code === '3D000') return 'has no such database'
  return `can't be reached (${code || 'no answer'})`
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : '')
