import { clientNetwork } from '@project-keys/network'
import type { Limited } from '../limits/limits.ts'
import type { Context } from './context.ts'
import { refusal } from './errors.ts'

const TOO_MANY: Record<Limited, string> = {
  sign_in: 'This address requested too many sign-ins.',
  authentication: 'This address sent too many bad credentials.',
  mails: 'You sent too many e-mails in a short time.',
  recipients: 'Too many e-mails were sent to this address in a short time.',
  keys: 'You created too many keys in a short time.',
}

type Limiting = Pick<Context, 'limits' | 'headers' | 'now'>

/** Counts one more for a user or an address. @throws 429 beyond the limit, with the time of the next try */
export function limit({ limits, headers, now }: Limiting, what: Limited, who: string): void {
  const wait = limits.take(what, clientNetwork(who), now)
  if (wait === null) return
  headers['retry-after'] = String(wait)
  throw refusal('rate_limited', `${TOO_MANY[what]} Try again in ${wait} seconds.`)
}
