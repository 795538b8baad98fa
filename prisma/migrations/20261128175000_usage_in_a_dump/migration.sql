-- The same as before, in a form that a dump can be restored from: where a statement with ON CONFLICT has another one in a
-- WITH, PostgreSQL (15 to 18) writes the inner `excluded` down under a name that it then does not know. So both are in the
-- WITH. It is replaced in place, so that the grants on it stay. The order of the keys is that of the locks, so that
-- processes that record the same keys do not deadlock.
CREATE OR REPLACE FUNCTION "record_key_usage"("keys" uuid[], "calls" bigint[], "used" timestamptz[], "addresses" text[])
RETURNS void LANGUAGE sql SECURITY DEFINER
BEGIN ATOMIC
  WITH "seen" AS MATERIALIZED (
    SELECT "k"."uuid" AS "key", least("u"."used", now()) AS "used", greatest("u"."calls", 0) AS "calls", "u"."address"
    FROM unnest("keys", "calls", "used", "addresses") AS "u" ("key", "calls", "used", "address")
    JOIN "project_keys" AS "k" ON "k"."uuid" = "u"."key"
  ), "latest" AS (
    SELECT DISTINCT ON ("key") "key", date_trunc('minute', "used") AS "last_used", left("address", 64) AS "address"
    FROM "seen" ORDER BY "key", "used" DESC
  ), "counted" AS (
    INSERT INTO "project_key_calls" AS "total" ("key", "day", "calls")
    SELECT "key", ("used" AT TIME ZONE 'UTC')::date, sum("calls") FROM "seen" GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT ("key", "day") DO UPDATE SET "calls" = "total"."calls" + excluded."calls"
  ), "noted" AS (
    INSERT INTO "project_key_uses" AS "last" ("key", "last_used", "address")
    SELECT "new"."key", "new"."last_used", "new"."address"
    FROM "latest" AS "new" LEFT JOIN "project_key_uses" AS "old" ON "old"."key" = "new"."key"
    WHERE "old"."key" IS NULL OR "old"."last_used" < "new"."last_used"
      OR ("old"."last_used" = "new"."last_used"
        AND "old"."address" IS DISTINCT FROM coalesce("new"."address", "old"."address"))
    ORDER BY "new"."key"
    ON CONFLICT ("key") DO UPDATE
    SET "last_used" = excluded."last_used", "address" = coalesce(excluded."address", "last"."address")
    WHERE excluded."last_used" >= "last"."last_used"
  )
  SELECT;
END;
