import type { Environment } from '@project-keys/network'
import type { z } from 'zod'

const SHORT_SECRET = 32 // bytes: the least for HS256 (RFC 7518 3.2)
const NAME = 'SECRET_KEYS_BEFORE'

const isShort = (secret: string) => Buffer.byteLength(secret) < SHORT_SECRET

/** Reads the secrets from before a change of SECRET_KEY, one a line. */
export function readSecretsBefore(text: string, { issues }: z.RefinementCtx<string>): string[] {
  const secrets = linesOf(text)
  secrets.forEach((secret, index) => {
    const fault = faultOf(secret, secrets.indexOf(secret), index)
    if (fault) issues.push({ code: 'custom', message: fault, input: text })
  })
  return secrets
}

const linesOf = (text: string) => text.replace(/\r?\n$/, '').split(/\r?\n/)

function faultOf(secret: string, first: number, index: number) {
  if (secret.trim() === '') {
    return `must hold one secret on each line, but line ${index + 1} is blank: give the secret of before there, or leave the line out`
  }
  return first < index ? `has the same secret on lines ${first + 1} and ${index + 1}: leave one out` : null
}

/** Why the secrets of before do not go with the current one; null if they do. */
export function currentAmong(before: readonly string[], current: string | undefined): string | null {
  const line = current === undefined ? 0 : before.indexOf(current) + 1
  if (line === 0) return null
  return `${NAME} has the current secret on line ${line}: change the current one, or leave the line out.`
}

/** The same for the variables alone, before they are read. */
export function currentInVariables({ SECRET_KEY, SECRET_KEYS_BEFORE = '' }: Environment): string[] {
  const clash = currentAmong(linesOf(SECRET_KEYS_BEFORE), SECRET_KEY || undefined)
  return clash === null ? [] : [clash]
}

/** Warns of secrets that can be guessed. It refuses none, because a change to a longer one begins with a short one. */
export function shortSecrets(current: string | undefined, before: readonly string[]): string[] {
  const advice = `is shorter than ${SHORT_SECRET} bytes, and can be guessed:`
  const ofNow = current !== undefined && isShort(current)
  const lines = before.flatMap((secret, index) => (isShort(secret) ? [index + 1] : []))
  return [
    ...(ofNow ? [`SECRET_KEY ${advice} use 32 random bytes or more.`] : []),
    ...lines.map((line) => `${NAME}, line ${line}, ${advice} leave it out as soon as nothing needs it.`),
  ]
}
