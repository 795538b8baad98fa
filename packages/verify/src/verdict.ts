/** A key that is good, as its project's service may use it. */
export type VerifiedKey = {
  readonly uuid: string
  readonly name: string
  readonly project: { readonly uuid: string; readonly slug: string }
  readonly expiration: Date
}

export type Refused =
  | { readonly valid: false; readonly reason: 'malformed' | 'mistyped' | 'unknown' | 'other_project' }
  | { readonly valid: false; readonly reason: 'expired' | 'revoked' | 'project_deleted'; readonly date: Date }

/** No credential was shown, or nothing of the form `Authorization: Bearer KEY`. */
export type Missing = { readonly valid: false; readonly reason: 'missing' }

export type Verdict = { readonly valid: true; readonly key: VerifiedKey } | Refused

/** What the database says of a key. Times are in milliseconds. */
export type Facts = {
  uuid: string
  name: string
  project: { uuid: string; slug: string }
  expiration: number
  revoked: number | null
  projectDeleted: number | null
}

/** A key in memory: its answers ready, and its use since the last time it was written down. */
export type KnownKey = {
  readonly yes: { readonly valid: true; readonly key: VerifiedKey }
  /** What it is refused for, whatever the time. */
  readonly no: Refused | null
  readonly expiration: number
  /** ms: when the database is asked again, for the feed does not tell a new name. */
  readonly until: number
  calls: number
  used: number
  address: string | null
  /** For the memory: asked for since its hand passed by. */
  recent: boolean
}

export const MALFORMED: Verdict = Object.freeze({ valid: false, reason: 'malformed' })
export const MISTYPED: Verdict = Object.freeze({ valid: false, reason: 'mistyped' })
export const UNKNOWN: Verdict = Object.freeze({ valid: false, reason: 'unknown' })
const OTHER_PROJECT: Verdict = Object.freeze({ valid: false, reason: 'other_project' })

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** In ms. So long may a key have its old name. */
const REMEMBERED = 60_000

/** Frozen, for the same answer goes to all who ask. `now` is in milliseconds. */
export function knownKey(facts: Facts, now: number): KnownKey {
  const { uuid, name, project, expiration, revoked, projectDeleted } = facts
  const key = Object.freeze({ uuid, name, project: Object.freeze(project), expiration: new Date(expiration) })
  return {
    yes: Object.freeze({ valid: true, key }),
    no: refusalOf(revoked, projectDeleted),
    expiration,
    until: now + REMEMBERED,
    calls: 0,
    used: 0,
    address: null,
    recent: false,
  }
}

function refusalOf(revoked: number | null, projectDeleted: number | null): Refused | null {
  if (projectDeleted !== null) {
    return Object.freeze({ valid: false, reason: 'project_deleted', date: new Date(projectDeleted) })
  }
  return revoked === null ? null : Object.freeze({ valid: false, reason: 'revoked', date: new Date(revoked) })
}

/** Expiry needs no message from anywhere: it is looked at in each answer. `now` is in milliseconds. */
export function judge(known: KnownKey, now: number, project: string | undefined): Verdict {
  if (known.no) return known.no
  if (known.expiration <= now) return { valid: false, reason: 'expired', date: new Date(known.expiration) }
  if (project !== undefined && !isProject(known.yes.key.project, project)) return OTHER_PROJECT
  return known.yes
}

/** A text in the form of a UUID is one, even where somebody chose it as the slug of another project. */
const isProject = ({ uuid, slug }: VerifiedKey['project'], reference: string): boolean =>
  reference.length === uuid.length && UUID.test(reference) ? reference.toLowerCase() === uuid : reference === slug
