-- Each part of the view has one kind, a constant, so that a question about the database (`now`) or about changes reads no
-- key. Where the kind was an expression, PostgreSQL read all keys to find that none of them has the kind that is asked for.
CREATE OR REPLACE VIEW "key_verification" AS
SELECT 'now'::text AS "kind", NULL::bigint AS "number", NULL::bytea AS "hash", NULL::uuid AS "project",
  NULL::timestamptz AS "made", NULL::uuid AS "uuid", NULL::text COLLATE "C" AS "name", NULL::timestamptz AS "expiration",
  NULL::timestamptz AS "revoked", NULL::text AS "slug", NULL::timestamptz AS "deleted",
  NULL::xid8 AS "xid", pg_current_snapshot() AS "snapshot",
  CASE WHEN "h"."system" = "c"."system_identifier" THEN "h"."swept" END AS "horizon",
  "c"."system_identifier" AS "system",
  CASE WHEN pg_is_in_recovery() THEN NULL ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END AS "timeline",
  concat_ws(' ', "c"."system_identifier",
    CASE WHEN pg_is_in_recovery() THEN NULL ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END,
    extract(epoch FROM pg_postmaster_start_time()), extract(epoch FROM pg_stat_get_bgwriter_stat_reset_time()),
    (SELECT "oid" FROM pg_database WHERE "datname" = current_database()), "h"."tableoid") AS "epoch",
  NULL::text AS "description", NULL::text[] AS "scopes", NULL::text[] AS "allowed_networks", NULL::text AS "external_id",
  NULL::jsonb AS "metadata", NULL::jsonb AS "rate_limit", NULL::boolean AS "first_use_awaited", NULL::boolean AS "old"
FROM "verification_horizon" AS "h", pg_control_system() AS "c"
UNION ALL
SELECT 'changed'::text, NULL, "hash", "project", "made"::timestamptz, NULL, NULL::text COLLATE "C", NULL, NULL, NULL, NULL,
  "xid", NULL, NULL, "system", NULL, NULL,
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM "verification_changes" WHERE "system" = (SELECT "system_identifier" FROM pg_control_system())
UNION ALL
SELECT 'key'::text, NULL, "k"."hash", "k"."project",
  NULL, "k"."uuid", "k"."name", "k"."expiration"::timestamptz, "k"."revoked"::timestamptz, "p"."slug",
  "p"."deleted"::timestamptz, NULL, NULL, NULL, NULL, NULL, NULL,
  "k"."description", nullif("k"."scopes", '{}'), nullif("k"."allowed_networks", '{}'), "k"."external_id", "k"."metadata",
  "k"."rate_limit", "k"."first_use_awaited", false
FROM "project_keys" AS "k" JOIN "projects" AS "p" ON "p"."uuid" = "k"."project"
WHERE coalesce(cardinality("k"."allowed_networks"), 0) = 0
UNION ALL
SELECT 'networked'::text, NULL, "k"."hash", "k"."project",
  NULL, "k"."uuid", "k"."name", "k"."expiration"::timestamptz, "k"."revoked"::timestamptz, "p"."slug",
  "p"."deleted"::timestamptz, NULL, NULL, NULL, NULL, NULL, NULL,
  "k"."description", nullif("k"."scopes", '{}'), nullif("k"."allowed_networks", '{}'), "k"."external_id", "k"."metadata",
  "k"."rate_limit", "k"."first_use_awaited", false
FROM "project_keys" AS "k" JOIN "projects" AS "p" ON "p"."uuid" = "k"."project"
WHERE cardinality("k"."allowed_networks") > 0
UNION ALL
SELECT 'key'::text, NULL, "r"."hash", "k"."project",
  NULL, "k"."uuid", "k"."name", least("k"."expiration", "r"."ends")::timestamptz, "k"."revoked"::timestamptz, "p"."slug",
  "p"."deleted"::timestamptz, NULL, NULL, NULL, NULL, NULL, NULL,
  "k"."description", nullif("k"."scopes", '{}'), nullif("k"."allowed_networks", '{}'), "k"."external_id", "k"."metadata",
  "k"."rate_limit", false, true
FROM "project_key_rotations" AS "r" JOIN "project_keys" AS "k" ON "k"."uuid" = "r"."key"
JOIN "projects" AS "p" ON "p"."uuid" = "k"."project"
WHERE coalesce(cardinality("k"."allowed_networks"), 0) = 0
UNION ALL
SELECT 'networked'::text, NULL, "r"."hash", "k"."project",
  NULL, "k"."uuid", "k"."name", least("k"."expiration", "r"."ends")::timestamptz, "k"."revoked"::timestamptz, "p"."slug",
  "p"."deleted"::timestamptz, NULL, NULL, NULL, NULL, NULL, NULL,
  "k"."description", nullif("k"."scopes", '{}'), nullif("k"."allowed_networks", '{}'), "k"."external_id", "k"."metadata",
  "k"."rate_limit", false, true
FROM "project_key_rotations" AS "r" JOIN "project_keys" AS "k" ON "k"."uuid" = "r"."key"
JOIN "projects" AS "p" ON "p"."uuid" = "k"."project"
WHERE cardinality("k"."allowed_networks") > 0;
