-- Changes of keys and projects without a number and without a lock, so that no writer waits for another. Each change has
-- the id of its transaction. A reader asks for exactly those that its last snapshot did not see: the ids in the snapshot's
-- list of running transactions, and all from its xmax on. docs/verification.md explains it.

-- A change of a key (by its hash), of a project, or of everything if both are null. `made` only measures how long a
-- change takes to arrive.
CREATE TABLE "verification_changes_by_transaction" (
    "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "system" BIGINT NOT NULL DEFAULT (pg_control_system()).system_identifier,
    "hash" BYTEA,
    "project" UUID,
    "made" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp()
);

-- One row: what the sweep may have removed. `swept` is a snapshot, and all that was removed it had seen; `next` is the
-- snapshot, taken at `taken`, that is `swept` next. Ids mean something only in the cluster `system`.
CREATE TABLE "verification_horizon" (
    "one" BOOLEAN NOT NULL DEFAULT true CHECK ("one"),
    "system" BIGINT NOT NULL,
    "swept" pg_snapshot NOT NULL,
    "next" pg_snapshot NOT NULL,
    "taken" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "verification_horizon_pkey" PRIMARY KEY ("one")
);

-- A reader's list of running transactions and its xmax are two look-ups in this index.
CREATE INDEX "verification_changes_xid_idx" ON "verification_changes_by_transaction"("xid");

-- Snapshots that have seen nothing, because nothing was removed yet.
INSERT INTO "verification_horizon" ("system", "swept", "next", "taken")
SELECT "system_identifier", '1:1:', '1:1:', now() FROM pg_control_system();

-- Replaced in place, so that grants stay. The columns before "xid" are those of the first release, and no row has the
-- kind `feed` any more: its library then fails closed, because that row held the number by which it asked.
-- `kind` says what a row is: `now`, the one row about the database and the statement's snapshot; `changed`, a change;
-- `key`, a key with its project.
-- Transaction ids can be compared only within one `epoch`: a cluster, its timeline, the start of its server, the last
-- crash of one of its processes (which resets its statistics but not the time of the start, and gives ids out again),
-- the database, and the table, which is another one after a dump was loaded. Times are numbers, because their text
-- depends on the session.
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
    (SELECT "oid" FROM pg_database WHERE "datname" = current_database()), "h"."tableoid") AS "epoch"
FROM "verification_horizon" AS "h", pg_control_system() AS "c"
UNION ALL
SELECT 'changed'::text, NULL, "hash", "project", "made"::timestamptz, NULL, NULL::text COLLATE "C", NULL, NULL, NULL, NULL,
  "xid", NULL, NULL, "system", NULL, NULL
FROM "verification_changes_by_transaction" WHERE "system" = (SELECT "system_identifier" FROM pg_control_system())
UNION ALL
SELECT 'key'::text, NULL, "k"."hash", "k"."project", NULL, "k"."uuid", "k"."name", "k"."expiration"::timestamptz,
  "k"."revoked"::timestamptz, "p"."slug", "p"."deleted"::timestamptz, NULL, NULL, NULL, NULL, NULL, NULL
FROM "project_keys" AS "k" JOIN "projects" AS "p" ON "p"."uuid" = "k"."project";

-- Waits for transactions that have told a change by number, because they hold a lock on this table until they end.
DROP TABLE "verification_feed";
DROP TABLE "verification_changes";
ALTER TABLE "verification_changes_by_transaction" RENAME TO "verification_changes";

-- Changes are told in the transaction that makes them, so an import or psql cannot bypass it. For an update there is a
-- trigger for each row, not for the statement, because its condition costs nothing where no verdict changes (a rename),
-- and a revocation of one key needs no tables of old and new rows.
CREATE FUNCTION "tell_changed_project_key"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "verification_changes" ("hash") VALUES (OLD."hash");
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER "tell_changed" AFTER UPDATE ON "project_keys" FOR EACH ROW
WHEN ((OLD."hash", OLD."uuid", OLD."project", OLD."expiration", OLD."revoked")
  IS DISTINCT FROM (NEW."hash", NEW."uuid", NEW."project", NEW."expiration", NEW."revoked"))
EXECUTE FUNCTION "tell_changed_project_key"();

CREATE FUNCTION "tell_changed_project"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "verification_changes" ("project") VALUES (OLD."uuid");
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER "tell_changed" AFTER UPDATE ON "projects" FOR EACH ROW
WHEN ((OLD."uuid", OLD."slug", OLD."deleted") IS DISTINCT FROM (NEW."uuid", NEW."slug", NEW."deleted"))
EXECUTE FUNCTION "tell_changed_project"();

CREATE OR REPLACE FUNCTION "tell_removed_project_keys"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "verification_changes" ("hash") SELECT "hash" FROM "removed";
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION "tell_removed_projects"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "verification_changes" ("project") SELECT "uuid" FROM "removed";
  RETURN NULL;
END $$;

-- For imports and restores that disable triggers: `SELECT tell_everything_changed()` as their last statement.
CREATE FUNCTION "tell_everything_changed"() RETURNS void LANGUAGE sql
BEGIN ATOMIC
  INSERT INTO "verification_changes" DEFAULT VALUES;
END;

CREATE OR REPLACE FUNCTION "tell_everything"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "tell_everything_changed"();
  RETURN NULL;
END $$;

DROP FUNCTION "tell_changed_project_keys"();
DROP FUNCTION "tell_changed_projects"();
DROP FUNCTION "tell_change"(bytea[], uuid[]);

-- A writer adds to the totals in rows that no other open transaction writes, or it would wait for that one's end. Each
-- open transaction holds the advisory lock of its slot, one for all projects. The lock is only tried, so that whoever
-- else holds it delays nobody: the writer takes the next slot.
CREATE OR REPLACE FUNCTION "add_to_project_key_total"("of" uuid, "more_active" bigint, "more_revoked" bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  "mine" int := pg_backend_pid() % 16;
BEGIN
  WHILE NOT pg_try_advisory_xact_lock(610162, "mine") LOOP "mine" := "mine" + 1; END LOOP;
  INSERT INTO "project_key_totals" AS "total" ("project", "slot", "active", "revoked")
  SELECT "of", "mine", "more_active", "more_revoked"
  WHERE EXISTS (SELECT FROM "projects" WHERE "uuid" = "of")
  ON CONFLICT ("project", "slot") DO UPDATE
  SET "active" = "total"."active" + excluded."active", "revoked" = "total"."revoked" + excluded."revoked";
END $$;
