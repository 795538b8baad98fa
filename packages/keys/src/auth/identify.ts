import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { statement } from '../database/statement.ts'
import type { Reference } from '../fields.ts'
import { hasChecksum, hashKey, kindOfKey } from '../key.ts'
import type { Standing } from '../permissions.ts'
import { hashToken, type Tokens } from './token.ts'

/** A project as one caller meets it. */
export type Project = Standing & { uuid: string; slug: string; name: string; organization: string }
export type User = { uuid: string; name: string; slug: string; email: string; admin: boolean }

/** Who calls: a user (by a session, or by a user key), or a project by its key. */
export type Caller =
  | { kind: 'user'; user: User; by: 'session' | 'key' }
  | { kind: 'project'; key: { uuid: string; project: string } }

export type Identity = { caller: Caller; project: Project | null }
export type Refusal = { refused: string }

type Options = { db: Database; tokens: Tokens; now: Date; project: Reference | null }

const PROJECT_COLUMNS = `p.uuid AS project, p.slug AS project_slug, p.name AS project_name, p.visibility, p.organization`
const PROJECT_JOIN = 'LEFT JOIN projects p ON (p.uuid = $1 OR p.slug = $2) AND p.deleted IS NULL'
const ProjectRow = z.object({
  project: z.string().nullable(),
  project_slug: z.string().nullable(),
  project_name: z.string().nullable(),
  visibility: z.enum(['public', 'private']).nullable(),
  organization: z.string().nullable(),
})

const USER_COLUMNS = `u.uuid, u.name, u.slug, u.email, u.admin, u.locked, ${PROJECT_COLUMNS},
  leader."user" IS NOT NULL AS leads, member.role`
const STANDING_JOINS = `${PROJECT_JOIN}
  LEFT JOIN organization_members leader ON leader.organization = p.organization AND leader."user" = u.uuid
  LEFT JOIN project_members member ON member.project = p.uuid AND member."user" = u.uuid`
const UserRow = ProjectRow.extend({
  uuid: z.string(),
  name: z.string(),
  slug: z.string(),
  email: z.string(),
  admin: z.boolean(),
  locked: z.boolean(),
  leads: z.boolean(),
  role: z.enum(['viewer', 'developer', 'maintainer']).nullable(),
})
const KeyRow = z.object({ expiration: z.date(), revoked: z.date().nullable() })

const findSession = statement(
  `SELECT ${USER_COLUMNS} FROM users u ${STANDING_JOINS}
   WHERE u.email = $3 AND u.email_since <= $4 AND NOT EXISTS (SELECT FROM spent_tokens WHERE hash = $5)`,
  UserRow,
)
const findUserKey = statement(
  `SELECT ${USER_COLUMNS}, k.expiration, k.revoked FROM user_keys k JOIN users u ON u.uuid = k."user" ${STANDING_JOINS}
   WHERE k.hash = $3`,
  UserRow.extend(KeyRow.shape),
)
const findProjectKey = statement(
  `SELECT k.uuid AS key, k.project AS own, own.deleted, k.expiration, k.revoked, ${PROJECT_COLUMNS}
   FROM project_keys k JOIN projects own ON own.uuid = k.project ${PROJECT_JOIN} WHERE k.hash = $3`,
  ProjectRow.extend({ key: z.string(), own: z.string(), deleted: z.date().nullable(), ...KeyRow.shape }),
)

/**
 * Who is it, and what are they at this project? One round trip, whatever the credential.
 * A refusal's sentence tells the reason only to who shows a key that was ours.
 */
export async function identify(authorization: string | undefined, options: Options): Promise<Identity | Refusal> {
  if (!authorization) return { refused: 'This needs a credential: send the header `Authorization: Bearer TOKEN`.' }
  const token = bearerToken(authorization)
  if (!token) return { refused: 'The Authorization header must hold one token: `Authorization: Bearer TOKEN`.' }
  const kind = kindOfKey(token)
  if (kind === 'user') return identifyUserKey(token, options)
  if (kind === 'run') return identifyProjectKey(token, options)
  return identifySession(token, options)
}

/** The one token of an Authorization header, whatever the case of the scheme. */
export const bearerToken = (authorization = ''): string | null => /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? null

async function identifySession(token: string, { db, tokens, now, project }: Options): Promise<Identity | Refusal> {
  const claims = tokens.read(token, ['client', 'api_key'], now)
  const refused = 'The token is not valid, or no longer: sign in again, or use another API token.'
  if (!claims) return { refused }
  const [row] = await findSession(db, [...target(project), claims.email, claims.issued, hashToken(token)])
  if (!row || row.locked) return { refused }
  return { caller: { kind: 'user', user: userOf(row), by: 'session' }, project: projectOf(row, row) }
}

async function identifyUserKey(key: string, { db, now, project }: Options): Promise<Identity | Refusal> {
  const [row] = await findUserKey(db, [...target(project), hashKey(key)])
  if (!row) return { refused: unknownKey(key) }
  if (row.locked) return { refused: 'The user of this API token is locked.' }
  const refused = staleKey(row, now)
  if (refused) return { refused }
  return { caller: { kind: 'user', user: userOf(row), by: 'key' }, project: projectOf(row, row) }
}

async function identifyProjectKey(key: string, { db, now, project }: Options): Promise<Identity | Refusal> {
  const [row] = await findProjectKey(db, [...target(project), hashKey(key)])
  if (!row) return { refused: unknownKey(key) }
  if (row.deleted) return { refused: `The project of this key was deleted on ${day(row.deleted)}.` }
  const refused = staleKey(row, now)
  if (refused) return { refused }
  const standing = { admin: false, leads: false, role: null }
  return { caller: { kind: 'project', key: { uuid: row.key, project: row.own } }, project: projectOf(row, standing) }
}

const target = (project: Reference | null) => [project?.uuid ?? null, project?.slug ?? null]

const userOf = ({ uuid, name, slug, email, admin }: z.output<typeof UserRow>): User => ({
  uuid,
  name,
  slug,
  email,
  admin,
})

function projectOf(
  row: z.output<typeof ProjectRow>,
  { admin, leads, role }: Omit<Standing, 'visibility'>,
): Project | null {
  const { project: uuid, project_slug: slug, project_name: name, visibility, organization } = row
  if (uuid === null || slug === null || name === null || visibility === null || organization === null) return null
  return { uuid, slug, name, visibility, organization, admin, leads, role }
}

const day = (time: Date) => time.toISOString().slice(0, 10)

const unknownKey = (key: string) =>
  hasChecksum(key)
    ? 'This key is not known here.'
    : 'This key is not known here, and it seems to be mistyped or cut: its last letters do not fit the rest.'

function staleKey({ revoked, expiration }: z.output<typeof KeyRow>, now: Date): string | null {
  if (revoked) return `This key was revoked on ${day(revoked)}.`
  if (expiration <= now) return `This key expired on ${day(expiration)}.`
  return null
}
