import { createHash, randomUUID } from 'node:crypto'
import { createSigner, createVerifier } from 'fast-jwt'
import { z } from 'zod'

/**
 * `client`: a session of the console · `api_key`: an API token of the old kind · `auth`: a mailed sign-in link ·
 * `invite`: a mailed invitation.
 */
export type Audience = 'client' | 'api_key' | 'auth' | 'invite'

/** The place that an invitation is to, and the role in it. */
export type InvitedTo = { kind: 'organization' | 'project'; uuid: string; role: string }
export type Claims = { email: string; issued: Date; expiration: Date; user: string | null; place: InvitedTo | null }
export type InvitationClaims = { email: string; issued: Date; place: InvitedTo }

type NewToken = {
  audience: Audience
  email: string
  now: Date
  /** Seconds. */
  ttl: number
  /** The user who wants this address for their account. */
  user?: string | undefined
  place?: InvitedTo
}
export type Tokens = {
  sign: (token: NewToken) => string
  /** Null for a token that is forged, expired, for another audience, or not a JWT. */
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
  user: z.uuid().nullish(),
  org: z.object({ uuid: z.uuid(), role: z.string() }).nullish(),
  project: z.object({ uuid: z.uuid(), role: z.string() }).nullish(),
})
const date = (time: number) => new Date(Math.floor(time) * 1000)

/** Signs JWTs as Bencher's server does, by HS256 alone, so that its users' tokens still work after an import. */
export function createTokens({ secret, issuer }: { secret: string; issuer: string }): Tokens {
  const key = Buffer.from(secret)
  const signer = createSigner({ key, algorithm: 'HS256' })
  // We check the times below, because each call has a clock of its own.
  const verify = createVerifier({
    key,
    algorithms: ['HS256'],
    allowedIss: issuer,
    requiredClaims: ['iss', 'aud', 'sub', 'iat', 'exp'],
    ignoreExpiration: true,
    ignoreNotBefore: true,
  })

  const sign: Tokens['sign'] = ({ audience, email, now, ttl, user, place }) => {
    const iat = Math.floor(now.getTime() / 1000)
    const to = place && { uuid: place.uuid, role: place.role }
    const places = { org: place?.kind === 'organization' ? to : null, project: place?.kind === 'project' ? to : null }
    const whose = user ? { user } : {}
    return signer({
      aud: audience,
      exp: iat + ttl,
      iat,
      iss: issuer,
      sub: email,
      ...whose,
      ...places,
      jti: randomUUID(),
    })
  }

  const read: Tokens['read'] = (token, audiences, now) => {
    const { success, data } = Payload.safeParse(tryVerify(verify, token))
    if (!success) return null
    const { aud, sub, iat, exp, nbf, user = null, org, project } = data
    const at = now.getTime() / 1000
    if (!audiences.some((audience) => audience === aud) || exp <= at || (nbf ?? 0) > at) return null
    const place = org
      ? { kind: 'organization' as const, ...org }
      : project
        ? { kind: 'project' as const, ...project }
        : null
    return { email: sub.toLowerCase(), issued: date(iat), expiration: date(exp), user, place }
  }

  return { sign, read }
}

/**
 * The hash by which we store a used or signed-out token. It leaves out the signature, which can be written in several
 * ways, because two bits of its last base64 letter have no meaning.
 */
export const hashToken = (token: string): Buffer =>
  createHash('sha256')
    .update(token.slice(0, token.lastIndexOf('.')))
    .digest()

function tryVerify(verify: (token: string) => unknown, token: string): unknown {
  try {
    return verify(token)
  } catch {
    return null
  }
}
