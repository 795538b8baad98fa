-- What a key may do, for whom it is, how often it may be used, and how it is replaced. For a plain key all of it is null, so
-- that no statement about one reads more than before.

-- `scopes` and `allowed_networks` are unset if they are null or empty, because Prisma cannot set a list to null.
-- `expiration_set` is when the expiration was set last; null: at the creation. `rotated` is when the last rotation began.
-- `first_use_awaited` means that the secret is new by a rotation, and no verifying service has said yes to it yet.
ALTER TABLE "project_keys"
  ADD COLUMN "description" TEXT,
  ADD COLUMN "scopes" TEXT[],
  ADD COLUMN "allowed_networks" TEXT[],
  ADD COLUMN "external_id" TEXT COLLATE "C",
  ADD COLUMN "metadata" JSONB,
  ADD COLUMN "rate_limit" JSONB,
  ADD COLUMN "self_rotation" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "expiration_set" TIMESTAMPTZ(0),
  ADD COLUMN "rotated" TIMESTAMPTZ(0),
  ADD COLUMN "first_use_awaited" BOOLEAN NOT NULL DEFAULT false,
  ADD CONSTRAINT "project_keys_settings" CHECK (
    char_length("description") BETWEEN 1 AND 200 AND cardinality("scopes") <= 64
    AND cardinality("allowed_networks") <= 32 AND octet_length("external_id") BETWEEN 1 AND 128
    AND jsonb_typeof("metadata") = 'object' AND jsonb_typeof("rate_limit") = 'object'
    AND "expiration_set" BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59+00'
    AND "rotated" BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59+00'
  );

-- Only keys of a customer are in it, so a plain key pays nothing for it.
CREATE INDEX "project_keys_by_external_id" ON "project_keys"("project", "external_id", "name", "creation", "uuid")
WHERE (external_id IS NOT NULL);

-- The last rotation of a key: the secret from before. `grace` is in seconds and counts from `first_used`, the first use of
-- the new secret. `ends` is when the old secret ends, as known by now; the expiration of the key may end it earlier.
CREATE TABLE "project_key_rotations" (
    "key" UUID NOT NULL,
    "hash" BYTEA NOT NULL CHECK (octet_length("hash") = 32),
    "last_four" TEXT NOT NULL,
    "started" TIMESTAMPTZ(0) NOT NULL,
    "grace" INTEGER NOT NULL CHECK ("grace" BETWEEN 0 AND 2592000),
    "first_used" TIMESTAMPTZ(0),
    "ends" TIMESTAMPTZ(0) NOT NULL,
    "last_used" TIMESTAMPTZ(0),
    "address" TEXT,

    CONSTRAINT "project_key_rotations_pkey" PRIMARY KEY ("key"),
    CONSTRAINT "project_key_rotations_real_dates" CHECK (
      "started" BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59+00'
      AND "first_used" BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59+00'
      AND "ends" BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59+00'
      AND "last_used" BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59+00'
    )
);

CREATE UNIQUE INDEX "project_key_rotations_hash_key" ON "project_key_rotations"("hash");

ALTER TABLE "project_key_rotations" ADD CONSTRAINT "project_key_rotations_key_fkey" FOREIGN KEY ("key")
REFERENCES "project_keys"("uuid") ON DELETE CASCADE ON UPDATE CASCADE;

-- Replaced in place, so that grants stay; new columns come last. There is one row a secret: the current one of each key,
-- and the old one of each rotation, whose `expiration` is its own end. A library from before knows no networks, so it must
-- not see a key that has some: the `kind` of such a row is `networked`, and that library rejects the key as unknown.
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
SELECT CASE WHEN cardinality("k"."allowed_networks") > 0 THEN 'networked' ELSE 'key' END, NULL, "k"."hash", "k"."project",
  NULL, "k"."uuid", "k"."name", "k"."expiration"::timestamptz, "k"."revoked"::timestamptz, "p"."slug",
  "p"."deleted"::timestamptz, NULL, NULL, NULL, NULL, NULL, NULL,
  "k"."description", nullif("k"."scopes", '{}'), nullif("k"."allowed_networks", '{}'), "k"."external_id", "k"."metadata",
  "k"."rate_limit", "k"."first_use_awaited", false
FROM "project_keys" AS "k" JOIN "projects" AS "p" ON "p"."uuid" = "k"."project"
UNION ALL
SELECT CASE WHEN cardinality("k"."allowed_networks") > 0 THEN 'networked' ELSE 'key' END, NULL, "r"."hash", "k"."project",
  NULL, "k"."uuid", "k"."name", least("k"."expiration", "r"."ends")::timestamptz, "k"."revoked"::timestamptz, "p"."slug",
  "p"."deleted"::timestamptz, NULL, NULL, NULL, NULL, NULL, NULL,
  "k"."description", nullif("k"."scopes", '{}'), nullif("k"."allowed_networks", '{}'), "k"."external_id", "k"."metadata",
  "k"."rate_limit", false, true
FROM "project_key_rotations" AS "r" JOIN "project_keys" AS "k" ON "k"."uuid" = "r"."key"
JOIN "projects" AS "p" ON "p"."uuid" = "k"."project";

-- A change of a key is told for each of its secrets: the one that it had, the one that it has, and the old one of its
-- rotation. A plain key is told as before.
CREATE OR REPLACE FUNCTION "tell_changed_project_key"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "verification_changes" ("hash") VALUES (OLD."hash");
  IF NEW."rotated" IS NOT NULL THEN
    INSERT INTO "verification_changes" ("hash")
    SELECT NEW."hash" UNION ALL SELECT "hash" FROM "project_key_rotations" WHERE "key" = NEW."uuid";
  ELSIF NEW."hash" <> OLD."hash" THEN
    INSERT INTO "verification_changes" ("hash") VALUES (NEW."hash");
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER "tell_changed" AFTER UPDATE ON "project_keys" FOR EACH ROW
WHEN ((OLD."hash", OLD."uuid", OLD."project", OLD."expiration", OLD."revoked", OLD."description", OLD."scopes",
    OLD."allowed_networks", OLD."external_id", OLD."metadata", OLD."rate_limit", OLD."first_use_awaited")
  IS DISTINCT FROM (NEW."hash", NEW."uuid", NEW."project", NEW."expiration", NEW."revoked", NEW."description", NEW."scopes",
    NEW."allowed_networks", NEW."external_id", NEW."metadata", NEW."rate_limit", NEW."first_use_awaited"))
EXECUTE FUNCTION "tell_changed_project_key"();

-- A rotation begins, its old secret gets another end, or it is over. An insertion is told, too, because that secret may be
-- cached as the current one.
CREATE FUNCTION "tell_changed_rotation"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN INSERT INTO "verification_changes" ("hash") VALUES (OLD."hash"); END IF;
  IF TG_OP <> 'DELETE' THEN INSERT INTO "verification_changes" ("hash") VALUES (NEW."hash"); END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "tell_changed" AFTER INSERT OR DELETE ON "project_key_rotations" FOR EACH ROW
EXECUTE FUNCTION "tell_changed_rotation"();

CREATE TRIGGER "tell_updated" AFTER UPDATE ON "project_key_rotations" FOR EACH ROW
WHEN ((OLD."key", OLD."hash", OLD."ends") IS DISTINCT FROM (NEW."key", NEW."hash", NEW."ends"))
EXECUTE FUNCTION "tell_changed_rotation"();

CREATE TRIGGER "tell_truncated" AFTER TRUNCATE ON "project_key_rotations"
FOR EACH STATEMENT EXECUTE FUNCTION "tell_everything"();

-- Rules for the keys of a place, and the scopes of a project with their descriptions.
ALTER TABLE "organizations" ADD COLUMN "key_policy" JSONB;
ALTER TABLE "projects" ADD COLUMN "key_policy" JSONB, ADD COLUMN "key_scopes" JSONB;
