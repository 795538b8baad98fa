import { z } from 'zod'

const slip = (field: string) => z.never(`must be left out, because the field is called \`${field}\``).optional()

/**
 * Likely slips for the fields of a key. Other unknown fields are ignored, but one of these would make a key that may do more
 * than its maker believes.
 */
const common = {
  scope: slip('scopes'),
  allowed_ips: slip('allowed_networks'),
  networks: slip('allowed_networks'),
  ratelimit: slip('rate_limit'),
}

/** In a create, whose end is a `ttl`. */
export const slipsOfNew = { ...common, expires_at: slip('ttl') }
/** Wherever else a key is changed. */
export const slips = { ...common, expires_at: slip('expiration') }
