// The statements of the service for its five endpoints, for the server that does them by hand.

export const IDENTIFY = `SELECT u.uuid, u.name, u.slug, u.email, u.admin, u.locked, p.uuid AS project,
    p.slug AS project_slug, p.name AS project_name, p.visibility,
    o.uuid AS organization, o.slug AS organization_slug, o.name AS organization_name,
    leader."user" IS NOT NULL AS leads, member.role
  FROM users u
  LEFT JOIN projects p ON (p.uuid = $1 OR p.slug = $2) AND p.deleted IS NULL
  LEFT JOIN organizations o
    ON o.uuid = coalesce(p.organization, (SELECT uuid FROM organizations WHERE uuid = $3 OR slug = $4))
  LEFT JOIN organization_members leader ON leader.organization = o.uuid AND leader."user" = u.uuid
  LEFT JOIN project_members member ON member.project = p.uuid AND member."user" = u.uuid
  WHERE u.email = $5 AND u.email_since <= $6 AND coalesce(u.sessions_since <= $6, true)
    AND (u.confirmed IS NULL OR NOT $8) AND NOT EXISTS (SELECT FROM spent_tokens WHERE hash = $7)`

export const LIST = `WITH kept AS MATERIALIZED (
    SELECT coalesce(sum(active), 0)::int AS kept_active, coalesce(sum(revoked), 0)::int AS kept_revoked
    FROM project_key_totals WHERE project = $3
  ),
  matching AS NOT MATERIALIZED (SELECT uuid, project, creator, name, last_four, creation, expiration, revoked FROM project_keys WHERE project = $3 AND revoked IS NULL
    ORDER BY name asc, creation asc, uuid asc LIMIT 255),
  totals AS MATERIALIZED (SELECT *, kept_active AS total FROM kept),
  page AS (
    SELECT * FROM matching WHERE (SELECT total FROM totals) > $2::bigint
    ORDER BY matching.name, matching.creation, matching.uuid LIMIT $1::int OFFSET $2::bigint
  )
  SELECT totals.*, page.* FROM totals LEFT JOIN page ON true
  ORDER BY page.name, page.creation, page.uuid`

export const VIEW = `SELECT k.uuid, k.project, k.creator, k.name, k.last_four, k.creation, k.expiration, k.revoked,
    used.last_used, used.address, k.revoker, creator.name AS creator_name, revoker.name AS revoker_name
  FROM project_keys k
  LEFT JOIN users creator ON creator.uuid = k.creator
  LEFT JOIN users revoker ON revoker.uuid = k.revoker
  LEFT JOIN project_key_uses used ON used.key = k.uuid
  WHERE k.project = $1 AND k.uuid = $2`

export const CREATE = `INSERT INTO project_keys
    (uuid, project, creator, name, hash, last_four, creation, expiration)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

export const RENAME = `UPDATE project_keys SET name = $3 WHERE project = $1 AND uuid = $2
  RETURNING uuid, project, creator, name, creation, expiration, revoked`

export const REVOKE = `WITH done AS (
    UPDATE project_keys SET revoked = $3, revoker = $4
    WHERE project = $1 AND uuid = $2 AND revoked IS NULL RETURNING uuid
  )
  SELECT EXISTS (SELECT FROM done) AS done, EXISTS (SELECT FROM project_keys WHERE project = $1 AND uuid = $2) AS found`

const ms = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`

export const VERIFY = `SELECT n.snapshot::text AS snapshot, n.system::text AS system, n.timeline, n.epoch, k.uuid::text AS uuid, k.name,
    k.project::text AS project, k.slug, ${ms('k.expiration')} AS expiration, ${ms('k.revoked')} AS revoked,
    ${ms('k.deleted')} AS deleted
  FROM key_verification n LEFT JOIN key_verification k ON k.kind = 'key' AND k.hash = decode($1, 'hex')
  WHERE n.kind = 'now'`
