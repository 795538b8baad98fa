import { createHash, randomUUID } from 'node:crypto'
import { createSigner } from 'fast-jwt'
import { foldEmail } from '../fields/email.ts'
import type { PlaceKind } from '../permissions/permissions.ts'
import type { Sealed, Secrets } from '../secrets/secrets.ts'
import { createPayloads, type Payload } from './payload.ts'

/**
 * `client`: a session of the console · `api_key`: an API token of the old kind · `auth`: a mailed sign-in link ·
 * `invite`: a mailed invitation · `restore`: a mailed link that restores an address.
 */
export type Audience = 'client' | 'api_key' | 'auth' | 'invite' | 'restore'

const KINDS: Record<Audience, Sealed> = {
  client: 'session',
  api_key: 'old_api_token',
  auth: 'sign_in_link',
  invite: 'invitation',
  restore: 'restore_link',
}

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
  /** Whether `read` has claims; it does not count as a use of the token. */
  isGood: (token: string, audiences: Audience[], now: Date) => boolean
}

const date = (time: number) => new Date(Math.floor(time) * 1000)

/** Signs JWTs as Bencher's server does, by HS256 alone, so that its users' tokens still work after an import. */
export function createTokens({ secrets, issuer }: { secrets: Secrets; issuer: string }): Tokens {
  const { id: kid, text } = secrets.current
  const signer = createSigner({ key: Buffer.from(text), algorithm: 'HS256', kid })
  const payloadOf = createPayloads(secrets, issuer)

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

  const find = (token: string, audiences: Audience[], now: Date) => {
    const opened = payloadOf(token)
    if (!opened) return null
    const { aud, exp, nbf } = opened.value
    const at = now.getTime() / 1000
    const audience = audiences.find((one) => one === aud)
    return audience === undefined || exp <= at || (nbf ?? 0) > at ? null : { ...opened, kind: KINDS[audience] }
  }

  const read: Tokens['read'] = (token, audiences, now) => {
    const opened = find(token, audiences, now)
    if (!opened) return null
    secrets.count(opened.kind, opened.by)
    return claimsOf(opened.value)
  }

  return { sign, read, isGood: (...asked) => find(...asked) !== null }
}

function claimsOf({ aud, sub, iat, exp, org, project, ...details }: Payload): Claims {
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

function placeOf({ org, project }: Pick<Payload, 'org' | 'project'>): InvitedTo | null {
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
