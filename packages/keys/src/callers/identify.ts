import {
  bearerToken,
  type ErrorCode,
  type Caller as From,
  networkMatcher,
  refusalOf,
  refuseAddress,
} from '@project-keys/verify'
import { hasChecksum, hashKey, kindOfKey } from '@project-keys/verify/key'
import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { readStatement } from '../database/statement.ts'
import type { Reference } from '../fields/fields.ts'
import type { ProjectRole, Visibility } from '../generated/enums.ts'
import type { OrganizationStanding, ProjectStanding } from '../permissions/permissions.ts'
import type { Policies } from '../policy/policy.ts'
import type { KeyPolicy } from '../policy/shapes.ts'
import { type Audience, hashToken, type Tokens } from './token.ts'

/** A project and an organization, each with the standing of the caller there. */
export type Project = ProjectStanding & {
  uuid: string
  slug: string
  name: string
  organization: string
  policies: Policies
}
export type Organization = OrganizationStanding & { uuid: string; slug: string; name: string }
export type User = Omit<z.output<typeof UserRow>, 'locked'> & Mailed

/** The sender of a request: a user, a project by its key, or anonymous. */
export type Caller =
  /** `signedIn` is when the session was signed in; null for an API token. `token` is the UUID of one of ours. */
  | { kind: 'user'; user: User; signedIn: Date | null; token: string | null }
  /** `ends` is when the secret that was shown ends. */
  | { kind: 'projectKey'; key: { uuid: string; project: string; ends: string } }
  | { kind: 'anonymous' }

/** The project or the organization that a path names. */
export type Target = { project: Reference | null; organization: Reference | null }
export type Identity = { caller: Caller; project: Project | null; organization: Organization | null }
/** Why a credential is not accepted. */
export type Rejection = { error_code: ErrorCode; message: string }

/** `from`: where the request comes from. */
type Options = { db: Database; tokens: Tokens; now: Date; target: Target; from: From }

const TARGET_COLUMNS = `p.uuid AS project, p.slug AS project_slug, p.name AS project_name, p.visibility,
  p.key_policy AS project_policy, o.uuid AS organization, o.slug AS organization_slug, o.name AS organization_name,
  o.key_policy AS organization_policy`
const TARGET_JOINS = `LEFT JOIN projects p ON (p.uuid = $1 OR p.slug = $2) AND p.deleted IS NULL
  LEFT JOIN organizations o
    ON o.uuid = coalesce(p.organization, (SELECT uuid FROM organizations WHERE uuid = $3 OR slug = $4))`
type TargetRow = {
  project: string | null
  project_slug: string | null
  project_name: string | null
  visibility: Visibility | null
  organization: string | null
  organization_slug: string | null
  organization_name: string | null
  project_policy: KeyPolicy | null
  organization_policy: KeyPolicy | null
}

const USER_COLUMNS = `u.uuid, u.name, u.slug, u.email, u.admin, u.locked,
  u.expiration_mails, ${TARGET_COLUMNS},
  leader."user" IS NOT NULL AS leads, member.role`
const USER_JOINS = `${TARGET_JOINS}
  LEFT JOIN organization_members leader ON leader.organization = o.uuid AND leader."user" = u.uuid
  LEFT JOIN project_members member ON member.project = p.uuid AND member."user" = u.uuid`
/** A user as a statement returns it. */
export const UserRow = z.object({
  uuid: z.string(),
  name: z.string(),
  slug: z.string(),
  email: z.string(),
  admin: z.boolean(),
  locked: z.boolean(),
})
/** Whether the user gets mails before keys end. */
type Mailed = { expiration_mails: boolean }
type CallerRow = TargetRow & z.output<typeof UserRow> & Mailed & { leads: boolean; role: ProjectRole | null }
type KeyRow = { expiration: string; revoked: string | null }
type ProjectKeyRow = TargetRow &
  KeyRow & { key: string; own: string; deleted: string | null; allowed_networks: string[] | null }

const findSession = readStatement<CallerRow>(
  `SELECT ${USER_COLUMNS} FROM users u ${USER_JOINS}
   WHERE u.email = $5 AND u.email_since <= $6 AND coalesce(u.sessions_since <= $6, true)
     AND (u.confirmed IS NULL OR NOT $8) AND NOT EXISTS (SELECT FROM spent_tokens WHERE hash = $7)`,
)
const findUserKey = readStatement<CallerRow & KeyRow & { token: string }>(
  `SELECT ${USER_COLUMNS}, k.uuid AS token, k.expiration, k.revoked FROM user_keys k JOIN users u ON u.uuid = k."user" ${USER_JOINS}
   WHERE k.hash = $5`,
)
const findProjectKey = readStatement<ProjectKeyRow>(
  `SELECT k.uuid AS key, k.project AS own, own.deleted, k.expiration, k.revoked, k.allowed_networks, ${TARGET_COLUMNS}
   FROM project_keys k JOIN projects own ON own.uuid = k.project ${TARGET_JOINS} WHERE k.hash = $5`,
)
/** For a secret that is no current one, so that the others never pay for it. */
const findOldSecret = readStatement<ProjectKeyRow & { ends: string }>(
  `SELECT k.uuid AS key, k.project AS own, own.deleted, k.expiration, k.revoked, k.allowed_networks, r.ends, ${TARGET_COLUMNS}
   FROM project_key_rotations r JOIN project_keys k ON k.uuid = r.key JOIN projects own ON own.uuid = k.project
   ${TARGET_JOINS} WHERE r.hash = $5`,
)
const findTarget = readStatement<TargetRow>(`SELECT ${TARGET_COLUMNS} FROM (SELECT) anonymous ${TARGET_JOINS}`)

const NO_TOKEN: Rejection = {
  error_code: 'missing',
  message: 'The Authorization header must hold one token: `Authorization: Bearer TOKEN`.',
}
const INVALID_TOKEN: Rejection = {
  error_code: 'invalid_token',
  message: 'The token is not valid or has ended: sign in again, or use another API token.',
}
const TOKEN_OF_LOCKED_USER: Rejection = {
  error_code: 'token_of_locked_user',
  message: 'The user of this API token is locked.',
}

const SESSIONS: Audience[] = ['client', 'api_key']

/** The standing of a caller with no role here. */
const NO_ROLE = { admin: false, leads: false, role: null }

/**
 * Identifies the caller and their standing at the target, in one round trip. A rejection tells the reason only to the
 * holder of a key that was once ours.
 */
export async function identify(authorization: string, options: Options): Promise<Identity | Rejection> {
  const token = bearerToken(authorization)
  if (!token) return NO_TOKEN
  const kind = kindOfKey(token)
  if (kind === 'user') return identifyUserKey(token, options)
  if (kind === 'run') return identifyProjectKey(token, options)
  return identifySession(token, options)
}

/** Why a credential is not accepted as far as its text and the time tell, without the database; null if nothing does. */
export function screen(authorization: string, { tokens, now }: Pick<Options, 'tokens' | 'now'>): Rejection | null {
  const token = bearerToken(authorization)
  if (!token) return NO_TOKEN
  return kindOfKey(token) || tokens.isGood(token, SESSIONS, now) ? null : INVALID_TOKEN
}

/** The target as an anonymous caller may see it. */
export async function identifyAnonymous({ db, target }: Pick<Options, 'db' | 'target'>): Promise<Identity> {
  const [row] = await findTarget(db, valuesOf(target))
  return { caller: { kind: 'anonymous' }, ...placesIn(row ?? null, NO_ROLE) }
}

async function identifySession(token: string, { db, tokens, now, target }: Options): Promise<Identity | Rejection> {
  const claims = tokens.read(token, SESSIONS, now)
  if (!claims) return INVALID_TOKEN
  const { audience, email, issued, untilSignIn } = claims
  const [row] = await findSession(db, [...valuesOf(target), email, issued, hashToken(token), untilSignIn])
  if (!row || row.locked) return INVALID_TOKEN
  const signedIn = audience === 'client' ? issued : null
  return { caller: { kind: 'user', user: userOf(row), signedIn, token: null }, ...placesIn(row, row) }
}

async function identifyUserKey(key: string, { db, now, target }: Options): Promise<Identity | Rejection> {
  const [row] = await findUserKey(db, [...valuesOf(target), hashKey(key)])
  if (!row) return unknownKey(key)
  if (row.locked) return TOKEN_OF_LOCKED_USER
  const rejection = staleKey(row, now)
  if (rejection) return rejection
  return { caller: { kind: 'user', user: userOf(row), signedIn: null, token: row.token }, ...placesIn(row, row) }
}

async function identifyProjectKey(key: string, { db, now, target, from }: Options): Promise<Identity | Rejection> {
  const values = [...valuesOf(target), hashKey(key)]
  const [row = null] = await findProjectKey(db, values)
  const [old = null] = row ? [] : await findOldSecret(db, values)
  const found = row ?? old
  if (!found) return unknownKey(key)
  if (found.deleted) return refusalOf({ valid: false, reason: 'project_deleted', date: new Date(found.deleted) })
  const rejection =
    staleKey(found, now) ?? (old && replacedSecret(old.ends, now)) ?? elsewhere(found.allowed_networks, from)
  if (rejection) return rejection
  // Times in UTC and whole seconds are in the order of their texts.
  const ends = old && old.ends < old.expiration ? old.ends : found.expiration
  return {
    caller: { kind: 'projectKey', key: { uuid: found.key, project: found.own, ends } },
    ...placesIn(found, NO_ROLE),
  }
}

const valuesOf = ({ project, organization }: Target) =>
  [project, organization].flatMap((reference) => [reference?.uuid ?? null, reference?.slug ?? null])

const userOf = ({ uuid, name, slug, email, admin, expiration_mails }: User): User => ({
  uuid,
  name,
  slug,
  email,
  admin,
  expiration_mails,
})

type Places = Pick<Identity, 'project' | 'organization'>

function placesIn(row: TargetRow | null, standing: Omit<ProjectStanding, 'visibility'>): Places {
  if (!row) return { project: null, organization: null }
  const { admin, leads, role } = standing
  const { organization, organization_slug, organization_name } = row
  const { project, project_slug, project_name, visibility } = row
  if (organization === null || organization_slug === null || organization_name === null) {
    return { project: null, organization: null }
  }
  const inOrganization = { uuid: organization, slug: organization_slug, name: organization_name, admin, leads }
  if (project === null || project_slug === null || project_name === null || visibility === null) {
    return { project: null, organization: inOrganization }
  }
  const inProject = {
    uuid: project,
    slug: project_slug,
    name: project_name,
    visibility,
    organization,
    policies: { organization: row.organization_policy, project: row.project_policy },
    admin,
    leads,
    role,
  }
  return { project: inProject, organization: inOrganization }
}

const unknownKey = (key: string) => refusalOf({ valid: false, reason: hasChecksum(key) ? 'unknown' : 'mistyped' })

function staleKey({ revoked, expiration }: KeyRow, now: Date): Rejection | null {
  if (revoked) return refusalOf({ valid: false, reason: 'revoked', date: new Date(revoked) })
  const date = new Date(expiration)
  return date <= now ? refusalOf({ valid: false, reason: 'expired', date }) : null
}

function replacedSecret(ends: string, now: Date): Rejection | null {
  const date = new Date(ends)
  return date <= now ? refusalOf({ valid: false, reason: 'replaced', date }) : null
}

/** Unset networks are null or empty. */
function elsewhere(networks: string[] | null, from: From): Rejection | null {
  if (!networks || networks.length === 0) return null
  const reason = refuseAddress(networkMatcher(networks), from)
  return reason && refusalOf({ valid: false, reason })
}
