import { createHash, randomUUID } from 'node:crypto'
import { createSigner, createVerifier } from 'fast-jwt'
import { z } from 'zod'

/** `client`: a session of the console · `api_key`: an API token of the old kind · `auth`: a mailed sign-in link. */
export type Audience = 'client' | 'api_key' | 'auth'

export type Claims = { email: string; issued: Date; expiration: Date }
export type Tokens = {
  sign: (claims: { audience: Audience; email: string; now: Date; ttl: number }) => string
  /** Null for a token that is forged, expired, for another audience, or no JWT at all. */
  read: (token: string, audiences: Audience[], now: Date) => Claims | null
}

const MAX_TIME = 253_402_300_799
const seconds = z.number().min(0).max(MAX_TIME)
const Payload = z.object({
  aud: z.string(),
  sub: z.string().min(1),
  iat: seconds,
  exp: seconds,
  nbf: seconds.optional(),
})
const date = (time: number) => new Date(Math.floor(time) * 1000)

/** JWTs as Bencher's server signs them: HS256 alone, so that after an import its users' tokens go on working. */
export function createTokens({ secret, issuer }: { secret: string; issuer: string }): Tokens {
  const key = Buffer.from(secret)
  const signer = createSigner({ key, algorithm: 'HS256' })
  // The time is ours to judge, by the clock of the call.
  const verify = createVerifier({
    key,
    algorithms: ['HS256'],
    allowedIss: issuer,
    requiredClaims: ['iss', 'aud', 'sub', 'iat', 'exp'],
    ignoreExpiration: true,
    ignoreNotBefore: true,
  })

  const sign: Tokens['sign'] = ({ audience, email, now, ttl }) => {
    const iat = Math.floor(now.getTime() / 1000)
    return signer({ aud: audience, exp: iat + ttl, iat, iss: issuer, sub: email, org: null, jti: randomUUID() })
  }

  const read: Tokens['read'] = (token, audiences, now) => {
    const { success, data } = Payload.safeParse(tryVerify(verify, token))
    if (!success) return null
    const { aud, sub, iat, exp, nbf } = data
    const at = now.getTime() / 1000
    if (!audiences.some((audience) => audience === aud) || exp <= at || (nbf ?? 0) > at) return null
    return { email: sub.toLowerCase(), issued: date(iat), expiration: date(exp) }
  }

  return { sign, read }
}

/** What is remembered of a token that was used up or signed out. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest()

function tryVerify(verify: (token: string) => unknown, token: string): unknown {
  try {
    return verify(token)
  } catch {
    return null
  }
}
