import type { KeySettings, RateLimit } from './key-settings.ts'
import { type Caller, type NetworkMatcher, networkMatcher, refuseAddress } from './networks.ts'
import type { CountedCalls, Quota } from './quota.ts'
import { coverAll } from './scopes.ts'
import type { CountedUse } from './usage-counter.ts'
import { readUuid } from './uuid.ts'

/** A good key, as a service may use it. `uuid`s are in lower case. */
export type VerifiedKey = KeySettings & {
  readonly uuid: string
  readonly name: string
  readonly project: { readonly uuid: string; readonly slug: string }
  /** From this instant on, the key is refused. */
  readonly expiration: Date
}

/**
 * Only while the database is away and `staleIfDown` is set: the seconds since it was last heard from. What happened since
 * is not known.
 */
type Evidence = { readonly evidenceAge?: number }

/**
 * Why a key is refused; the reasons are codes of `ERROR_CODES`. `date`: since when. `scopes`: those that were asked for.
 */
export type Refused = Evidence & Refusal
type Refusal =
  | { readonly valid: false; readonly reason: 'malformed' | 'mistyped' | 'unknown' | 'other_project' | AddressReason }
  | { readonly valid: false; readonly reason: 'insufficient_scope'; readonly scopes: readonly string[] }
  | { readonly valid: false; readonly reason: 'key_rate_limited'; readonly quota: Quota }
  | { readonly valid: false; readonly reason: Dated; readonly date: Date }
/** No address was told by which a key with networks could be judged, or it is in none of them. */
type AddressReason = 'address_unknown' | 'address_not_allowed'
type Dated = 'expired' | 'revoked' | 'replaced' | 'project_deleted'

/** The request has no credential of the form `Authorization: Bearer KEY` (RFC 6750, section 2.1). */
export type Missing = { readonly valid: false; readonly reason: 'missing' }

/** `quota`: what is left of the limit of the key, if it has one. */
export type Verdict = (Evidence & { readonly valid: true; readonly key: VerifiedKey; readonly quota?: Quota }) | Refused

/** What a call asks of a key. The `address` is recorded as the place of its use. */
export type Asked = Caller & {
  /** Slug or UUID of the one project whose keys are accepted. */
  project?: string | undefined
  /** The scopes that the key must have, all of them; a key without scopes has every one. */
  scopes?: readonly string[] | undefined
}

/**
 * The secret by which a key was found: its current one, a new one by a rotation that was not used before, the old one of
 * a rotation, or that one when it has ended by the clock of the database.
 */
export type Secret = 'current' | 'new' | 'old' | 'ended'

/** A key as the database has it. Times are in ms. The `expiration` is that of the secret. */
export type Facts = {
  uuid: string
  name: string
  project: { uuid: string; slug: string }
  expiration: number
  revoked: number | null
  projectDeleted: number | null
  secret: Secret
  settings: KeySettings
}

/** A key in the cache: its verdicts, ready to return, and where its use is counted. */
export type CachedKey = {
  readonly yes: { readonly valid: true; readonly key: VerifiedKey }
  /** The verdict on a key that is refused at any time. */
  readonly no: Refused | null
  readonly expiration: number
  readonly isOld: boolean
  /** Whether its first use is still to be recorded. */
  isNew: boolean
  /** When the database is asked again, in ms, because the feed does not report a new name. */
  readonly refreshAt: number
  /** Whether it has scopes or networks. This and the limit are here, because a plain key must not pay for a look at them. */
  readonly isRestricted: boolean
  readonly limit: RateLimit | null
  use: CountedUse | null
  /** Where the calls of a key with a limit are counted. */
  calls: CountedCalls | null
  /** The networks of the key, once they were needed. */
  networks: NetworkMatcher | null
  /** Whether it was read since the cache's hand last passed. */
  recent: boolean
}

export const MALFORMED: Verdict = Object.freeze({ valid: false, reason: 'malformed' })
export const MISTYPED: Verdict = Object.freeze({ valid: false, reason: 'mistyped' })
export const UNKNOWN: Verdict = Object.freeze({ valid: false, reason: 'unknown' })
const OTHER_PROJECT: Verdict = Object.freeze({ valid: false, reason: 'other_project' })
const OF_ADDRESS: Record<AddressReason, Verdict> = {
  address_unknown: Object.freeze({ valid: false, reason: 'address_unknown' }),
  address_not_allowed: Object.freeze({ valid: false, reason: 'address_not_allowed' }),
}

/** In ms. For this long, a key may have its old name. */
const NAME_TTL = 60_000

/** The verdicts are frozen, because all callers get the same objects. `now` is in ms. */
export function cachedKey(facts: Facts, now: number): CachedKey {
  const { uuid, name, project, expiration, secret, settings } = facts
  const key = Object.freeze({
    ...{ uuid, name, project: Object.freeze(project), expiration: new Date(expiration) },
    ...settings,
  })
  return {
    yes: Object.freeze({ valid: true, key }),
    no: permanentVerdict(facts),
    expiration,
    isOld: secret === 'old' || secret === 'ended',
    isNew: secret === 'new',
    refreshAt: now + NAME_TTL,
    isRestricted: settings.scopes !== null || settings.allowed_networks !== null,
    limit: settings.rate_limit,
    use: null,
    calls: null,
    networks: null,
    recent: false,
  }
}

function permanentVerdict({ revoked, projectDeleted, secret, expiration }: Facts): Refused | null {
  if (projectDeleted !== null) return refused('project_deleted', projectDeleted)
  if (revoked !== null) return refused('revoked', revoked)
  return secret === 'ended' ? refused('replaced', expiration) : null
}

const refused = (reason: Dated, date: number): Refused => Object.freeze({ valid: false, reason, date: new Date(date) })

/** Compares the expiration with the clock each time, so no change has to be reported for it. `now` is in ms. */
export function judge(cached: CachedKey, now: number, asked: Asked): Verdict {
  if (cached.no) return cached.no
  if (cached.expiration <= now) return refused(cached.isOld ? 'replaced' : 'expired', cached.expiration)
  if (asked.project !== undefined && !isProject(cached.yes.key.project, asked.project)) return OTHER_PROJECT
  return cached.isRestricted ? judgeRestricted(cached, asked) : cached.yes
}

function judgeRestricted(cached: CachedKey, asked: Asked): Verdict {
  const { allowed_networks, scopes } = cached.yes.key
  if (allowed_networks !== null) {
    cached.networks ??= networkMatcher(allowed_networks)
    const reason = refuseAddress(cached.networks, asked)
    if (reason) return OF_ADDRESS[reason]
  }
  if (scopes !== null && asked.scopes !== undefined && !coverAll(scopes, asked.scopes)) {
    return { valid: false, reason: 'insufficient_scope', scopes: asked.scopes }
  }
  return cached.yes
}

/** Text in the form of a UUID means a UUID, even if another project has it as its slug. */
function isProject({ uuid, slug }: VerifiedKey['project'], reference: string): boolean {
  const asked = readUuid(reference)
  return asked === null ? reference === slug : asked === uuid
}
