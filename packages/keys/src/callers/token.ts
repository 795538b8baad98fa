import { createHash, randomUUID } from 'node:crypto'
import { createSigner, createVerifier } from 'fast-jwt'
import { z } from 'zod'
import { foldEmail } from '../fields/email.ts'
import type { PlaceKind } from '../permissions/permissions.ts'

/**
 * `client`: a session of the console · `api_key`: an API token of the old kind · `auth`: a mailed sign-in link ·
 * `invite`: a mailed invitation · `restore`: a mailed link that restores an address.
 */
export type Audience = 'client' | 'api_key' | 'auth' | 'invite' | 'restore'

/** The place that an invitation is to, and the role in it. */
export type InvitedTo = { kind: PlaceKind; uuid: string; role: string }
/** The name and slug that a sign-up asks for. */
export type SignUp = { name: string; slug: string }

/** Claims that only some tokens have. */
type Details = {
  /** The user who wants the address to be theirs. */
  user: string | null
  /** The account that the link makes: a stranger's sign-up must not name it. */
  signUp: SignUp | null
  place: InvitedTo | null
  /** The one invitation that the link is good for; Bencher's links name none. */
  invitation: string | null
  /** The change of address that the link takes back. */
  change: string | null
  /** The page of the console to which the sign-in leads. */
  path: string | null
  /** The session ends when its user signs in for the first time. */
  untilSignIn: boolean
}
export type Claims = Details & { audience: string; email: string; issued: Date; expiration: Date }
export type InvitationClaims = Pick<Claims, 'email' | 'issued' | 'expiration' | 'invitation'> & { place: InvitedTo }

type NewToken = Partial<Details> & {
  audience: Audience
  email: string
  now: Date
  /** Seconds. */
  ttl: number
}
export type Tokens = {
  sign: (token: NewToken) => string
  /** Null for a token that is forged, expired, for another audience, or not a JWT. */
  read: (token: string, audiences: Audience[], now: Date) => Claims | null
}

const MAX_TIME = 253_402_300_799
const seconds = z.number().min(0).max(MAX_TIME)
/** The rule for an address: text that the database can store, no longer than an address ever is. */
const STORABLE = /^[^\p{Cc}\p{Cs}]{1,320}$/u
const Payload = z.object({
  aud: z.string(),
  sub: z.string().regex(STORABLE),
  iat: seconds,
  exp: seconds,
  nbf: seconds.optional(),
  user: z.uuid().nullish(),
  sign_up: z.object({ name: z.string(), slug: z.string() }).nullish(),
  invitation: z.uuid().nullish(),
  change: z
    .string()
    .regex(/^\d{1,18}$/)
    .nullish(),
  path: z.string().nullish(),
  until_sign_in: z.boolean().nullish(),
  org: z.object({ uuid: z.uuid(), role: z.string() }).nullish(),
  project: z.object({ uuid: z.uuid(), role: z.string() }).nullish(),
})
/** How many verified tokens we remember, because a signature costs more to check than all else about a session. */
const MAX_VERIFIED = 1000
const date = (time: number) => new Date(Math.floor(time) * 1000)

/** Signs JWTs as Bencher's server does, by HS256 alone, so that its users' tokens still work after an import. */
export function createTokens({ secret, issuer }: { secret: string; issuer: string }): Tokens {
  const key = Buffer.from(secret)
  const signer = createSigner({ key, algorithm: 'HS256' })
  // We check the times below, because each call has a clock of its own, and because a remembered token ends, too.
  const verify = createVerifier({
    key,
    algorithms: ['HS256'],
    allowedIss: issuer,
    requiredClaims: ['iss', 'aud', 'sub', 'iat', 'exp'],
    ignoreExpiration: true,
    ignoreNotBefore: true,
  })

  const sign: Tokens['sign'] = ({ audience, email, now, ttl, place, ...details }) => {
    const iat = Math.floor(now.getTime() / 1000)
    const to = place && { uuid: place.uuid, role: place.role }
    return signer({
      aud: audience,
      exp: iat + ttl,
      iat,
      iss: issuer,
      sub: email,
      user: details.user ?? undefined,
      sign_up: details.signUp ?? undefined,
      invitation: details.invitation ?? undefined,
      change: details.change ?? undefined,
      path: details.path ?? undefined,
      until_sign_in: details.untilSignIn,
      org: place?.kind === 'organization' ? to : null,
      project: place?.kind === 'project' ? to : null,
      jti: randomUUID(),
    })
  }

  const verified = new Map<string, z.output<typeof Payload>>()
  const payloadOf = (token: string) => {
    const known = verified.get(token)
    if (known) return known
    const { success, data } = Payload.safeParse(tryVerify(verify, token))
    if (!success) return null
    if (verified.size >= MAX_VERIFIED) verified.clear()
    verified.set(token, data)
    return data
  }

  const read: Tokens['read'] = (token, audiences, now) => {
    const data = payloadOf(token)
    if (!data) return null
    const { aud, exp, nbf } = data
    const at = now.getTime() / 1000
    if (!audiences.some((audience) => audience === aud) || exp <= at || (nbf ?? 0) > at) return null
    return claimsOf(data)
  }

  return { sign, read }
}

function claimsOf({ aud, sub, iat, exp, org, project, ...details }: z.output<typeof Payload>): Claims {
  const { user = null, sign_up: signUp = null, invitation = null, change = null, path = null, until_sign_in } = details
  return {
    audience: aud,
    email: foldEmail(sub),
    issued: date(iat),
    expiration: date(exp),
    user,
    signUp,
    place: placeOf({ org, project }),
    invitation,
    change,
    path,
    untilSignIn: until_sign_in ?? false,
  }
}

function placeOf({ org, project }: Pick<z.output<typeof Payload>, 'org' | 'project'>): InvitedTo | null {
  if (org) return { kind: 'organization', ...org }
  return project ? { kind: 'project', ...project } : null
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
