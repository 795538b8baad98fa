import { clientNetwork } from '@project-keys/network'
import type { Limited } from '../limits/limits.ts'
import type { Context } from './context.ts'
import { refusal } from './errors.ts'

const TOO_MANY: Record<Limited, string> = {
  sign_in: 'Too many sign-ins were asked for from this address.',
  authentication: 'Too many credentials that are not good came from this address.',
  mails: 'You had too many mails sent in a short time.',
  recipients: 'This address was sent many mails in a short time.',
  keys: 'You made too many keys in a short time.',
}

type Limiting = Pick<Context, 'limits' | 'headers' | 'now'>

/** Counts one more of a user or an address; the one too many is a 429 that says when to try again. */
export function limit({ limits, headers, now }: Limiting, what: Limited, who: string): void {
  const wait = limits.take(what, clientNetwork(who), now)
  if (wait === null) return
  headers['retry-after'] = String(wait)
  throw refusal('rate_limited', `${TOO_MANY[what]} Try again in ${wait} seconds.`)
}
