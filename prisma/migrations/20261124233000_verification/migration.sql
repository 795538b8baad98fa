-- CreateTable
CREATE TABLE "verification_feed" (
    "one" BOOLEAN NOT NULL DEFAULT true CHECK ("one"),
    "number" BIGINT NOT NULL,

    CONSTRAINT "verification_feed_pkey" PRIMARY KEY ("one")
);

-- CreateTable
CREATE TABLE "verification_changes" (
    "id" BIGSERIAL NOT NULL,
    "number" BIGINT NOT NULL,
    "hash" BYTEA,
    "project" UUID,
    "made" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "verification_changes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "project_key_uses" (
    "key" UUID NOT NULL,
    "last_used" TIMESTAMPTZ(0) NOT NULL,
    "address" TEXT,

    CONSTRAINT "project_key_uses_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "project_key_calls" (
    "key" UUID NOT NULL,
    "day" DATE NOT NULL,
    "calls" BIGINT NOT NULL,

    CONSTRAINT "project_key_calls_pkey" PRIMARY KEY ("key","day")
);

-- CreateIndex
CREATE INDEX "verification_changes_number_idx" ON "verification_changes"("number");

-- CreateIndex
CREATE INDEX "project_key_calls_day_idx" ON "project_key_calls"("day");

-- AddForeignKey
ALTER TABLE "project_key_uses" ADD CONSTRAINT "project_key_uses_key_fkey" FOREIGN KEY ("key") REFERENCES "project_keys"("uuid") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "project_key_calls" ADD CONSTRAINT "project_key_calls_key_fkey" FOREIGN KEY ("key") REFERENCES "project_keys"("uuid") ON DELETE CASCADE ON UPDATE CASCADE;

INSERT INTO "verification_feed" ("number") VALUES (0);

-- What decides about a key may be remembered elsewhere, so each change of it is told: a number is raised in the
-- transaction that makes the change, and what changed is written under that number; what names neither a key nor a
-- project is a change of everything. The table stays locked until the end of the transaction, so who sees a number sees
-- all that was changed under it and under smaller ones. The lock is on the table, for on its one row 16 writers at once
-- take half as much CPU again; and no advisory one, for whoever may connect could hold that.
-- What decides nothing (a key's name, who made it) raises nothing: such writers must not queue here.
CREATE FUNCTION "tell_change"("hashes" bytea[], "projects" uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF "hashes" IS NULL AND "projects" IS NULL THEN RETURN; END IF;
  LOCK TABLE "verification_feed" IN SHARE ROW EXCLUSIVE MODE;
  -- Without its one row the number is null, and the change fails: better than one that nobody is told.
  WITH "raised" AS (UPDATE "verification_feed" SET "number" = "number" + 1 RETURNING "number")
  INSERT INTO "verification_changes" ("number", "hash", "project")
  SELECT "raised"."number", "told"."hash", "told"."project"
  FROM (SELECT (SELECT "number" FROM "raised")) AS "raised", unnest("hashes", "projects") AS "told" ("hash", "project");
END $$;

CREATE FUNCTION "tell_changed_project_keys"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "tell_change"(array_agg("hash"), NULL) FROM (
    SELECT "hash", "uuid", "project", "expiration", "revoked" FROM "removed"
    EXCEPT ALL
    SELECT "hash", "uuid", "project", "expiration", "revoked" FROM "added"
  ) AS "changed";
  RETURN NULL;
END $$;

CREATE FUNCTION "tell_removed_project_keys"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "tell_change"(array_agg("hash"), NULL) FROM "removed";
  RETURN NULL;
END $$;

CREATE FUNCTION "tell_changed_projects"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "tell_change"(NULL, array_agg("uuid")) FROM (
    SELECT "uuid", "slug", "deleted" FROM "removed" EXCEPT ALL SELECT "uuid", "slug", "deleted" FROM "added"
  ) AS "changed";
  RETURN NULL;
END $$;

CREATE FUNCTION "tell_removed_projects"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "tell_change"(NULL, array_agg("uuid")) FROM "removed";
  RETURN NULL;
END $$;

CREATE FUNCTION "tell_everything"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "tell_change"(ARRAY[NULL::bytea], NULL);
  RETURN NULL;
END $$;

-- Triggers run in the order of their names: these come after those that keep the totals, so that the one table that all
-- writers share is locked last, and nobody who holds it waits for another.
CREATE TRIGGER "tell_changed" AFTER UPDATE ON "project_keys"
REFERENCING OLD TABLE AS "removed" NEW TABLE AS "added" FOR EACH STATEMENT EXECUTE FUNCTION "tell_changed_project_keys"();

CREATE TRIGGER "tell_removed" AFTER DELETE ON "project_keys"
REFERENCING OLD TABLE AS "removed" FOR EACH STATEMENT EXECUTE FUNCTION "tell_removed_project_keys"();

CREATE TRIGGER "tell_truncated" AFTER TRUNCATE ON "project_keys"
FOR EACH STATEMENT EXECUTE FUNCTION "tell_everything"();

CREATE TRIGGER "tell_changed" AFTER UPDATE ON "projects"
REFERENCING OLD TABLE AS "removed" NEW TABLE AS "added" FOR EACH STATEMENT EXECUTE FUNCTION "tell_changed_projects"();

CREATE TRIGGER "tell_removed" AFTER DELETE ON "projects"
REFERENCING OLD TABLE AS "removed" FOR EACH STATEMENT EXECUTE FUNCTION "tell_removed_projects"();

-- All that a verifying service may read. `kind` says what a row is: `feed`, the one row with the number; `change`, what
-- changed under a number; `key`, a key with its project.
CREATE VIEW "key_verification" AS
SELECT 'feed'::text AS "kind", "number", NULL::bytea AS "hash", NULL::uuid AS "project", NULL::timestamptz AS "made",
  NULL::uuid AS "uuid", NULL::text COLLATE "C" AS "name", NULL::timestamptz AS "expiration",
  NULL::timestamptz AS "revoked", NULL::text AS "slug", NULL::timestamptz AS "deleted"
FROM "verification_feed"
UNION ALL
SELECT 'change'::text, "number", "hash", "project", "made"::timestamptz, NULL, NULL::text COLLATE "C", NULL, NULL, NULL, NULL
FROM "verification_changes"
UNION ALL
SELECT 'key'::text, NULL, "k"."hash", "k"."project", NULL, "k"."uuid", "k"."name", "k"."expiration"::timestamptz,
  "k"."revoked"::timestamptz, "p"."slug", "p"."deleted"::timestamptz
FROM "project_keys" AS "k" JOIN "projects" AS "p" ON "p"."uuid" = "k"."project";

-- Adds what a verifying service saw, for many keys at once: to the calls of the day, and to the last use. Only forward:
-- an older use, a negative number or a time that is still to come takes nothing back. It runs with the rights of its
-- owner, and its body is bound here, so that no table of the caller's can slip in under a name.
CREATE FUNCTION "record_key_usage"("keys" uuid[], "calls" bigint[], "used" timestamptz[], "addresses" text[])
RETURNS void LANGUAGE sql SECURITY DEFINER
BEGIN ATOMIC
  INSERT INTO "project_key_calls" AS "total" ("key", "day", "calls")
  SELECT "k"."uuid", (least("u"."used", now()) AT TIME ZONE 'UTC')::date, sum(greatest("u"."calls", 0))
  FROM unnest("keys", "calls", "used", "addresses") AS "u" ("key", "calls", "used", "address")
  JOIN "project_keys" AS "k" ON "k"."uuid" = "u"."key"
  GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT ("key", "day") DO UPDATE SET "calls" = "total"."calls" + excluded."calls";

  INSERT INTO "project_key_uses" AS "last" ("key", "last_used", "address")
  SELECT DISTINCT ON ("k"."uuid") "k"."uuid", date_trunc('minute', least("u"."used", now())), left("u"."address", 64)
  FROM unnest("keys", "calls", "used", "addresses") AS "u" ("key", "calls", "used", "address")
  JOIN "project_keys" AS "k" ON "k"."uuid" = "u"."key"
  ORDER BY "k"."uuid", "u"."used" DESC
  ON CONFLICT ("key") DO UPDATE
  SET "last_used" = excluded."last_used", "address" = coalesce(excluded."address", "last"."address")
  WHERE excluded."last_used" >= "last"."last_used"
    AND ("last"."last_used", "last"."address") IS DISTINCT FROM (excluded."last_used", coalesce(excluded."address", "last"."address"));
END;

REVOKE ALL ON FUNCTION "record_key_usage"(uuid[], bigint[], timestamptz[], text[]) FROM PUBLIC;
