import type { Kind } from './bencher-rows.ts'

/**
 * How rows of each kind are stored: as JSON in the first parameter. `taken`: which of them cannot be, because another row
 * here has what only one may have. Rows that are here already, by their UUID, are in neither.
 */
type Stored = { columns: string; identity: string; insert: string; taken?: string }

const named = 'uuid uuid, name text, slug text, created timestamptz, modified timestamptz'
const key = 'uuid uuid, name text, hash text, creation timestamptz, expiration timestamptz, revoked timestamptz'
const HASH = `decode(r.hash, 'hex')`
const KEY = `r.uuid, r.name, ${HASH}, '', r.creation, r.expiration, r.revoked`
const KEY_COLUMNS = 'uuid, name, hash, last_four, creation, expiration, revoked'
/** A slug stays taken for so long after it was freed; see slugs/former.ts. */
const RESERVED = `SELECT FROM former_slugs f WHERE f.slug = r.slug AND f.thing <> r.uuid AND f.freed > now() - interval '90 days'`

export const STORED: Record<Kind, Stored> = {
  users: {
    columns: `${named}, email text, admin boolean, locked boolean`,
    identity: 'uuid',
    insert: `INSERT INTO users (uuid, name, slug, email, admin, locked, created, modified, email_since, confirmed)
      SELECT r.uuid, r.name, r.slug, r.email, r.admin, r.locked, r.created, r.modified, r.created, r.created`,
    taken: `SELECT r.uuid, 'slug' AS field, r.slug AS value, 'user ' || u.uuid AS by
        FROM r JOIN users u ON u.slug = r.slug AND u.uuid <> r.uuid
      UNION ALL SELECT r.uuid, 'address', r.email, 'user ' || u.uuid FROM r JOIN users u ON u.email = r.email AND u.uuid <> r.uuid
      UNION ALL SELECT r.uuid, 'address', r.email, 'user ' || c."user" || ', who can still restore it'
        FROM r JOIN address_changes c ON c.old_email = r.email AND c."user" <> r.uuid AND c.expiration > now()`,
  },
  organizations: {
    columns: `${named}, claimed timestamptz`,
    identity: 'uuid',
    insert: `INSERT INTO organizations (uuid, name, slug, created, modified, claimed)
      SELECT r.uuid, r.name, r.slug, r.created, r.modified, r.claimed`,
    taken: `SELECT r.uuid, 'slug' AS field, r.slug AS value, 'organization ' || o.uuid AS by
        FROM r JOIN organizations o ON o.slug = r.slug AND o.uuid <> r.uuid
      UNION ALL SELECT r.uuid, 'slug', r.slug, 'an organization that had it until lately'
        FROM r WHERE EXISTS (${RESERVED} AND f.kind = 'organization')`,
  },
  organization_members: {
    columns: 'organization uuid, "user" uuid, role organization_role, created timestamptz, modified timestamptz',
    identity: 'organization, "user"',
    insert: `INSERT INTO organization_members (organization, "user", role, created, modified)
      SELECT r.organization, r."user", r.role, r.created, r.modified`,
  },
  projects: {
    columns: `${named}, organization uuid, url text, visibility visibility, deleted timestamptz`,
    identity: 'uuid',
    insert: `INSERT INTO projects (uuid, organization, name, slug, url, visibility, created, modified, deleted)
      SELECT r.uuid, r.organization, r.name, r.slug, r.url, r.visibility, r.created, r.modified, r.deleted`,
    taken: `SELECT r.uuid, 'slug' AS field, r.slug AS value, 'project ' || p.uuid AS by
        FROM r JOIN projects p ON p.slug = r.slug AND p.uuid <> r.uuid
        WHERE r.deleted IS NULL AND p.deleted IS NULL
      UNION ALL SELECT r.uuid, 'slug', r.slug, 'a project that had it until lately'
        FROM r WHERE r.deleted IS NULL AND EXISTS (${RESERVED} AND f.kind = 'project')`,
  },
  project_members: {
    columns: 'project uuid, "user" uuid, role project_role, created timestamptz, modified timestamptz',
    identity: 'project, "user"',
    insert: `INSERT INTO project_members (project, "user", role, created, modified)
      SELECT r.project, r."user", r.role, r.created, r.modified`,
  },
  project_keys: {
    columns: `${key}, project uuid, creator uuid`,
    identity: 'uuid',
    insert: `INSERT INTO project_keys (${KEY_COLUMNS}, project, creator) SELECT ${KEY}, r.project, r.creator`,
    taken: `SELECT r.uuid, 'hash' AS field, r.hash AS value, 'key ' || k.uuid AS by
        FROM r JOIN project_keys k ON k.hash = ${HASH} AND k.uuid <> r.uuid
      UNION ALL SELECT r.uuid, 'hash', r.hash, 'the old secret of key ' || k.key
        FROM r JOIN project_key_rotations k ON k.hash = ${HASH} AND k.key <> r.uuid`,
  },
  user_keys: {
    columns: `${key}, "user" uuid`,
    identity: 'uuid',
    insert: `INSERT INTO user_keys (${KEY_COLUMNS}, "user") SELECT ${KEY}, r."user"`,
    taken: `SELECT r.uuid, 'hash' AS field, r.hash AS value, 'key ' || k.uuid AS by
        FROM r JOIN user_keys k ON k.hash = ${HASH} AND k.uuid <> r.uuid`,
  },
  spent_tokens: {
    columns: 'hash text, expiration timestamptz',
    identity: 'hash',
    insert: `INSERT INTO spent_tokens (hash, expiration) SELECT ${HASH}, r.expiration`,
  },
}

const rowsOf = (kind: Kind) => `jsonb_to_recordset($1::jsonb) AS r (${STORED[kind].columns})`
const identityOf = (kind: Kind, of: string) =>
  STORED[kind].identity
    .split(', ')
    .map((column) => `${of}.${column}`)
    .join(', ')

/** Stores those that are not here yet. */
export const insertText = (kind: Kind) =>
  `${STORED[kind].insert} FROM ${rowsOf(kind)} ON CONFLICT (${STORED[kind].identity}) DO NOTHING`

/** The number of those that are here already. */
export const hereText = (kind: Kind) => {
  const identity = kind === 'spent_tokens' ? HASH : identityOf(kind, 'r')
  return `SELECT count(*)::int AS here FROM ${rowsOf(kind)} JOIN ${kind} h ON (${identityOf(kind, 'h')}) = (${identity})`
}

export const takenText = (kind: Kind) => {
  const { taken } = STORED[kind]
  if (!taken) return null
  return `WITH r AS MATERIALIZED (
      SELECT r.* FROM ${rowsOf(kind)} WHERE NOT EXISTS (SELECT FROM ${kind} h WHERE h.uuid = r.uuid)
    ) SELECT uuid::text, field, value, by FROM (${taken}) AS taken ORDER BY uuid, field`
}

/** Keys that are revoked in the file and active here, where nothing changes them. */
export const revokedThereText = (kind: 'project_keys' | 'user_keys') =>
  `SELECT h.uuid::text FROM ${rowsOf(kind)} JOIN ${kind} h ON h.uuid = r.uuid WHERE r.revoked IS NOT NULL AND h.revoked IS NULL`
