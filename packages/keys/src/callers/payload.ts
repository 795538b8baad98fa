import { createDecoder, createVerifier } from 'fast-jwt'
import { z } from 'zod'
import type { Secret, Secrets } from '../secrets/secrets.ts'

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
export type Payload = z.output<typeof Payload>

/** The id of the secret that signed a token, which Bencher's tokens do not tell. */
const Header = z.object({ header: z.object({ kid: z.string() }) })

/** How many verified tokens we remember, because a signature costs more to check than all else about a session. */
const MAX_VERIFIED = 1000

/** Reads the payload of a token that one of the secrets signed, whatever its times are. */
export function createPayloads(secrets: Secrets, issuer: string) {
  const verifiers = new Map(secrets.all.map(({ id, text }) => [id, verifierOf(text, issuer)]))
  const decode = createDecoder({ complete: true })
  const known = new Map<string, { value: Payload; by: Secret }>()

  return (token: string) => {
    const before = known.get(token)
    if (before) return before
    const { data } = Header.safeParse(attempt(decode, token))
    const opened = secrets.open(data?.header.kid ?? null, ({ id }) => {
      const verify = verifiers.get(id)
      return verify ? (Payload.safeParse(attempt(verify, token)).data ?? null) : null
    })
    if (!opened) return null
    if (known.size >= MAX_VERIFIED) known.clear()
    known.set(token, opened)
    return opened
  }
}

/** It checks no times, because each call has a clock of its own, and because a remembered token ends, too. */
const verifierOf = (secret: string, issuer: string) =>
  createVerifier({
    key: Buffer.from(secret),
    algorithms: ['HS256'],
    allowedIss: issuer,
    requiredClaims: ['iss', 'aud', 'sub', 'iat', 'exp'],
    ignoreExpiration: true,
    ignoreNotBefore: true,
  })

function attempt(read: (token: string) => unknown, token: string): unknown {
  try {
    return read(token)
  } catch {
    return null
  }
}
