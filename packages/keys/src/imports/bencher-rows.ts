import type { DatabaseSync } from 'node:sqlite'
import { readUuid } from '@project-keys/verify/uuid'
import { z } from 'zod'
import { hashToken } from '../callers/token.ts'
import { foldEmail } from '../fields/email.ts'

// The rows of a Bencher database as they are stored here. SQLite has no types that hold, so each value is checked.

/** Text that PostgreSQL can store. */
const Text = z.string().refine((text) => !text.includes('\0'), 'must hold no NUL')
const Uuid = Text.transform((text, { addIssue }) => {
  const uuid = readUuid(text)
  if (uuid === null) addIssue('must be a UUID')
  return uuid ?? text
})
const Hash = Text.regex(/^[0-9a-f]{64}$/i, 'must be the SHA-256 of a key in hexadecimal').toLowerCase()
const Flag = z.union([z.literal(0), z.literal(1)]).transform((flag) => flag === 1)
/** Seconds since 1970. Statements move a time that no answer can hold to the nearest that one can. */
const Time = z.int().transform((seconds) => new Date(seconds * 1000).toISOString())
const named = { uuid: Uuid, name: Text, slug: Text, created: Time, modified: Time }
const member = { user: Uuid, created: Time, modified: Time }
const key = { uuid: Uuid, name: Text, hash: Hash, creation: Time, expiration: Time, revoked: Time.nullable() }

const [EARLIEST, LATEST] = [-62_135_596_800, 253_402_300_799]
const time = (column: string) => `min(max(${column}, ${EARLIEST}), ${LATEST})`
const times = (of: string) => `${time(`${of}.created`)} AS created, ${time(`${of}.modified`)} AS modified`
const KEY = `k.uuid, k.name, k.key_hash AS hash, ${time('k.creation')} AS creation, ${time('k.expiration')} AS expiration,
  ${time('k.revoked')} AS revoked`
/** Deleted organizations have no place here, and so nothing in them has. */
const OF_PROJECT = `JOIN project p ON p.id = k.project_id JOIN organization o ON o.id = p.organization_id AND o.deleted IS NULL`
const PROJECT_ROLES = `'viewer', 'developer', 'maintainer'`

/** In an order in which nothing comes before what it belongs to. */
export const KINDS = [
  'users',
  'organizations',
  'organization_members',
  'projects',
  'project_members',
  'project_keys',
  'user_keys',
  'spent_tokens',
] as const
export type Kind = (typeof KINDS)[number]
export type Row = Record<string, unknown>
type Source = { text: string; row: z.ZodType<Row> }

const SOURCES: Record<Kind, Source> = {
  users: {
    text: `SELECT u.uuid, u.name, u.slug, u.email, u.admin, u.locked, ${times('u')} FROM user u ORDER BY u.id`,
    row: z.object({ ...named, email: Text.transform(foldEmail), admin: Flag, locked: Flag }),
  },
  organizations: {
    text: `SELECT o.uuid, o.name, o.slug, ${times('o')}, coalesce((
        SELECT min(r.created) FROM organization_role r WHERE r.organization_id = o.id AND r.role = 'leader'
      ), o.created) AS claimed FROM organization o WHERE o.deleted IS NULL ORDER BY o.id`,
    row: z.object({ ...named, claimed: Time }),
  },
  organization_members: {
    text: `SELECT o.uuid AS organization, u.uuid AS user, r.role, ${times('r')} FROM organization_role r
      JOIN organization o ON o.id = r.organization_id AND o.deleted IS NULL JOIN user u ON u.id = r.user_id
      WHERE r.role = 'leader' ORDER BY r.id`,
    row: z.object({ ...member, organization: Uuid, role: z.literal('leader') }),
  },
  projects: {
    text: `SELECT p.uuid, o.uuid AS organization, p.name, p.slug, p.url, p.visibility, ${time('p.deleted')} AS deleted,
        ${times('p')} FROM project p JOIN organization o ON o.id = p.organization_id AND o.deleted IS NULL ORDER BY p.id`,
    row: z.object({
      ...named,
      organization: Uuid,
      url: Text.nullable(),
      visibility: Flag.transform((isPrivate) => (isPrivate ? 'private' : 'public')),
      deleted: Time.nullable(),
    }),
  },
  project_members: {
    text: `SELECT p.uuid AS project, u.uuid AS user, k.role, ${times('k')} FROM project_role k ${OF_PROJECT}
      JOIN user u ON u.id = k.user_id WHERE k.role IN (${PROJECT_ROLES}) ORDER BY k.id`,
    row: z.object({ ...member, project: Uuid, role: z.enum(['viewer', 'developer', 'maintainer']) }),
  },
  project_keys: {
    text: `SELECT ${KEY}, p.uuid AS project, u.uuid AS creator FROM project_key k ${OF_PROJECT}
      LEFT JOIN user u ON u.id = k.creator_id ORDER BY k.id`,
    row: z.object({ ...key, project: Uuid, creator: Uuid.nullable() }),
  },
  user_keys: {
    text: `SELECT ${KEY}, u.uuid AS user FROM user_key k JOIN user u ON u.id = k.user_id ORDER BY k.id`,
    row: z.object({ ...key, user: Uuid }),
  },
  spent_tokens: {
    text: `SELECT t.jwt, ${time('t.expiration')} AS expiration FROM token t WHERE t.revoked IS NOT NULL ORDER BY t.id`,
    row: z
      .object({ jwt: Text, expiration: Time })
      .transform(({ jwt, expiration }) => ({ hash: hashToken(jwt).toString('hex'), expiration })),
  },
}

export function countRows(db: DatabaseSync, kind: Kind): number {
  const [row] = db.prepare(`SELECT count(*) AS count FROM (${SOURCES[kind].text})`).all()
  return z.object({ count: z.int() }).parse(row).count
}

/** The rows of a kind, some at a time. @throws an Error for people if a value is not what Bencher stores */
export function* readRows(db: DatabaseSync, kind: Kind, most: number): Generator<Row[]> {
  const { text, row } = SOURCES[kind]
  let rows: Row[] = []
  for (const found of db.prepare(text).iterate()) {
    const { data, error } = row.safeParse(found)
    if (error) throw new Error(`A row of ${kind} in the file is not as Bencher stores it: ${explain(error)}`)
    rows.push(data)
    if (rows.length === most) {
      yield rows
      rows = []
    }
  }
  if (rows.length > 0) yield rows
}

const explain = ({ issues }: z.ZodError) =>
  issues.map(({ path, message }) => `${path.join('.')}: ${message}.`).join(' ')

const LATER = (table: string, value: string, where = 'true') =>
  `SELECT uuid, ${value} AS value FROM ${table} WHERE ${where} AND id NOT IN (
    SELECT min(id) FROM ${table} WHERE ${where} GROUP BY ${value})`

/** Rows of the file that have the address or the hash of an earlier one: here each is unique, in Bencher it need not be. */
const REPEATED = [
  { kind: 'users', field: 'address', text: LATER('user', 'lower(email)') },
  { kind: 'project_keys', field: 'hash', text: LATER('project_key', 'lower(key_hash)') },
  { kind: 'user_keys', field: 'hash', text: LATER('user_key', 'lower(key_hash)') },
] as const

export const readRepeated = (db: DatabaseSync) =>
  REPEATED.flatMap(({ kind, field, text }) =>
    z
      .array(z.object({ uuid: Uuid, value: Text }))
      .parse(db.prepare(text).all())
      .map((row) => ({ ...row, kind, field, by: 'an earlier row of the file' })),
  )

const NO_PLACE = [
  ['deleted organizations', 'SELECT count(*) AS count FROM organization WHERE deleted IS NOT NULL'],
  [
    'projects of deleted organizations',
    'SELECT count(*) AS count FROM project p JOIN organization o ON o.id = p.organization_id WHERE o.deleted IS NOT NULL',
  ],
  [
    'keys of deleted organizations',
    `SELECT count(*) AS count FROM project_key k JOIN project p ON p.id = k.project_id
     JOIN organization o ON o.id = p.organization_id WHERE o.deleted IS NOT NULL`,
  ],
  [
    'roles in deleted organizations',
    `SELECT (SELECT count(*) FROM organization_role r JOIN organization o ON o.id = r.organization_id AND o.deleted IS NOT NULL)
       + (SELECT count(*) FROM project_role r JOIN project p ON p.id = r.project_id
          JOIN organization o ON o.id = p.organization_id AND o.deleted IS NOT NULL) AS count`,
  ],
  [
    'roles in organizations other than leader',
    `SELECT count(*) AS count FROM organization_role r JOIN organization o ON o.id = r.organization_id
     WHERE o.deleted IS NULL AND r.role <> 'leader'`,
  ],
  [
    'roles in projects other than viewer, developer and maintainer',
    `SELECT count(*) AS count FROM project_role k ${OF_PROJECT} WHERE k.role NOT IN (${PROJECT_ROLES})`,
  ],
  [
    'API tokens of the old kind (JWT): they are good here with the secret and the issuer of Bencher, unless they were revoked',
    'SELECT count(*) AS count FROM token',
  ],
] as const

/** The rows that have no place here, with their number. */
export const readWithoutPlace = (db: DatabaseSync) =>
  NO_PLACE.map(([what, text]) => ({ what, count: z.object({ count: z.int() }).parse(db.prepare(text).get()).count }))
