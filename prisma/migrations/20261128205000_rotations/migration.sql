-- The first use of the new secret of a rotation, told by a service that said yes to it. The first of several such services
-- decides, by this clock, from when the grace of the old secret counts. `secrets` are hashes, because only the secret that
-- is the current one now counts: another rotation may have replaced it. The order of the locks, first the keys by their
-- UUIDs and then their rotations, is that of every transaction that writes both.
CREATE FUNCTION "record_first_key_use"("secrets" bytea[])
RETURNS void LANGUAGE sql SECURITY DEFINER
BEGIN ATOMIC
  WITH "held" AS MATERIALIZED (
    SELECT "uuid" FROM "project_keys" WHERE "hash" = ANY ("secrets") AND "first_use_awaited"
    ORDER BY "uuid" FOR NO KEY UPDATE
  ), "used" AS (
    UPDATE "project_keys" AS "k" SET "first_use_awaited" = false FROM "held"
    WHERE "k"."uuid" = "held"."uuid" AND "k"."first_use_awaited" RETURNING "k"."uuid"
  ), "counted" AS (
    UPDATE "project_key_rotations" AS "r"
    SET "first_used" = date_trunc('second', now()),
      "ends" = least("r"."ends", date_trunc('second', now()) + make_interval(secs => "r"."grace"))
    FROM "used" WHERE "r"."key" = "used"."uuid"
  )
  SELECT;
END;

-- The use of old secrets. Their calls are calls of their keys; their last use is kept apart, because it tells when it is
-- safe to end them. It holds the keys first, so that it and a rotation never wait for each other.
CREATE FUNCTION "record_old_key_usage"("keys" uuid[], "calls" bigint[], "used" timestamptz[], "addresses" text[])
RETURNS void LANGUAGE sql SECURITY DEFINER
BEGIN ATOMIC
  WITH "held" AS MATERIALIZED (
    SELECT "uuid" FROM "project_keys" WHERE "uuid" = ANY ("keys") ORDER BY "uuid" FOR KEY SHARE
  ), "seen" AS MATERIALIZED (
    SELECT "held"."uuid" AS "key", least("u"."used", now()) AS "used", greatest("u"."calls", 0) AS "calls", "u"."address"
    FROM unnest("keys", "calls", "used", "addresses") AS "u" ("key", "calls", "used", "address")
    JOIN "held" ON "held"."uuid" = "u"."key"
  ), "latest" AS (
    SELECT DISTINCT ON ("key") "key", date_trunc('minute', "used") AS "last_used", left("address", 64) AS "address"
    FROM "seen" ORDER BY "key", "used" DESC
  ), "counted" AS (
    INSERT INTO "project_key_calls" AS "total" ("key", "day", "calls")
    SELECT "key", ("used" AT TIME ZONE 'UTC')::date, sum("calls") FROM "seen" GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT ("key", "day") DO UPDATE SET "calls" = "total"."calls" + excluded."calls"
  ), "noted" AS (
    UPDATE "project_key_rotations" AS "r"
    SET "last_used" = "latest"."last_used", "address" = coalesce("latest"."address", "r"."address")
    FROM "latest" WHERE "r"."key" = "latest"."key"
      AND ("r"."last_used" IS NULL OR "r"."last_used" <= "latest"."last_used")
  )
  SELECT;
END;

REVOKE ALL ON FUNCTION "record_first_key_use"(bytea[]),
  "record_old_key_usage"(uuid[], bigint[], timestamptz[], text[]) FROM PUBLIC;

-- Whoever may record usage may record these, too, so that no role has to be set up again.
DO $$
DECLARE
  "caller" regrole;
BEGIN
  FOR "caller" IN
    SELECT DISTINCT "grantee"::regrole FROM pg_proc, aclexplode("proacl")
    WHERE "oid" = 'record_key_usage(uuid[], bigint[], timestamptz[], text[])'::regprocedure
      AND "privilege_type" = 'EXECUTE' AND "grantee" <> 0
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION record_first_key_use(bytea[]),
      record_old_key_usage(uuid[], bigint[], timestamptz[], text[]) TO %s', "caller");
  END LOOP;
END $$;
