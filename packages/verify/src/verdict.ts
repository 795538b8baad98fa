import type { CountedUse } from './usage-counter.ts'
import { readUuid } from './uuid.ts'

/** A good key, as a service may use it. `uuid`s are in lower case. */
export type VerifiedKey = {
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

/** Why a key is refused; the reasons are codes of `ERROR_CODES`. `date`: since when. */
export type Refused = Evidence & Refusal
type Refusal =
  | { readonly valid: false; readonly reason: 'malformed' | 'mistyped' | 'unknown' | 'other_project' }
  | { readonly valid: false; readonly reason: 'expired' | 'revoked' | 'project_deleted'; readonly date: Date }

/** The request has no credential of the form `Authorization: Bearer KEY` (RFC 6750, section 2.1). */
export type Missing = { readonly valid: false; readonly reason: 'missing' }

export type Verdict = (Evidence & { readonly valid: true; readonly key: VerifiedKey }) | Refused

/** A key as the database has it. Times are in ms. */
export type Facts = {
  uuid: string
  name: string
  project: { uuid: string; slug: string }
  expiration: number
  revoked: number | null
  projectDeleted: number | null
}

/** A key in the cache: its verdicts, ready to return, and where its use is counted. */
export type CachedKey = {
  readonly yes: { readonly valid: true; readonly key: VerifiedKey }
  /** The verdict on a key that is refused at any time. */
  readonly no: Refused | null
  readonly expiration: number
  /** When the database is asked again, in ms, because the feed does not report a new name. */
  readonly refreshAt: number
  use: CountedUse | null
  /** Whether it was read since the cache's hand last passed. */
  recent: boolean
}

export const MALFORMED: Verdict = Object.freeze({ valid: false, reason: 'malformed' })
export const MISTYPED: Verdict = Object.freeze({ valid: false, reason: 'mistyped' })
export const UNKNOWN: Verdict = Object.freeze({ valid: false, reason: 'unknown' })
const OTHER_PROJECT: Verdict = Object.freeze({ valid: false, reason: 'other_project' })

/** In ms. For this long, a key may have its old name. */
const NAME_TTL = 60_000

/** The verdicts are frozen, because all callers get the same objects. `now` is in ms. */
export function cachedKey(facts: Facts, now: number): CachedKey {
  const { uuid, name, project, expiration, revoked, projectDeleted } = facts
  const key = Object.freeze({ uuid, name, project: Object.freeze(project), expiration: new Date(expiration) })
  return {
    yes: Object.freeze({ valid: true, key }),
    no: permanentVerdict(revoked, projectDeleted),
    expiration,
    refreshAt: now + NAME_TTL,
    use: null,
    recent: false,
  }
}

function permanentVerdict(revoked: number | null, projectDeleted: number | null): Refused | null {
  if (projectDeleted !== null) {
    return Object.freeze({ valid: false, reason: 'project_deleted', date: new Date(projectDeleted) })
  }
  return revoked === null ? null : Object.freeze({ valid: false, reason: 'revoked', date: new Date(revoked) })
}

/** Compares the expiration with the clock each time, so no change has to be reported for it. `now` is in ms. */
export function judge(cached: CachedKey, now: number, project: string | undefined): Verdict {
  if (cached.no) return cached.no
  if (cached.expiration <= now) return { valid: false, reason: 'expired', date: new Date(cached.expiration) }
  if (project !== undefined && !isProject(cached.yes.key.project, project)) return OTHER_PROJECT
  return cached.yes
}

/** Text in the form of a UUID means a UUID, even if another project has it as its slug. */
function isProject({ uuid, slug }: VerifiedKey['project'], reference: string): boolean {
  const asked = readUuid(reference)
  return asked === null ? reference === slug : asked === uuid
}
