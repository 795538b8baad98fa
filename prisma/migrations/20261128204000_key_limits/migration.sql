-- How often keys with a limit were used, as the processes that verify them tell each other: one row for a key, a length of
-- its windows and a process, with the calls of that process alone in the window that ends at `ends` (seconds since 1970).
-- It is not logged, because each process still knows its own counts after a crash. It has no index besides its key, so
-- that a count is updated in place.
CREATE UNLOGGED TABLE "project_key_limit_counts" (
    "key" UUID NOT NULL,
    "seconds" INTEGER NOT NULL,
    "process" UUID NOT NULL,
    "ends" BIGINT NOT NULL,
    "calls" BIGINT NOT NULL,

    CONSTRAINT "project_key_limit_counts_pkey" PRIMARY KEY ("key","seconds","process")
) WITH (fillfactor = 50);

-- Tells the calls of one process and returns those of all others, of windows that may not be over on the clock of the
-- caller. A process tells its whole count of a window, so that telling it twice changes nothing. The order of the rows is
-- that of the locks, so that processes do not deadlock. A window that ends later than any can is not taken, because nothing
-- would ever sweep it.
CREATE FUNCTION "share_key_limits"(
  "teller" uuid, "keys" uuid[], "lengths" integer[], "window_ends" bigint[], "counts" bigint[]
) RETURNS TABLE ("key" uuid, "seconds" integer, "ends" bigint, "calls" bigint)
LANGUAGE sql SECURITY DEFINER
BEGIN ATOMIC
  WITH "told" AS (
    INSERT INTO "project_key_limit_counts" AS "c" ("key", "seconds", "process", "ends", "calls")
    SELECT "k"."uuid", "t"."seconds", "teller", "t"."ends", greatest("t"."calls", 0)
    FROM unnest("keys", "lengths", "window_ends", "counts") AS "t" ("key", "seconds", "ends", "calls")
    JOIN "project_keys" AS "k" ON "k"."uuid" = "t"."key"
    WHERE "t"."ends" < extract(epoch FROM now()) + 2 * 86400
    ORDER BY 1, 2
    ON CONFLICT ("key", "seconds", "process") DO UPDATE SET "ends" = excluded."ends", "calls" = excluded."calls"
  )
  SELECT "c"."key", "c"."seconds", "c"."ends", sum("c"."calls")::bigint FROM "project_key_limit_counts" AS "c"
  WHERE "c"."process" <> "teller" AND "c"."ends" > extract(epoch FROM now()) - 60
  GROUP BY 1, 2, 3;
END;

REVOKE ALL ON FUNCTION "share_key_limits"(uuid, uuid[], integer[], bigint[], bigint[]) FROM PUBLIC;

-- Whoever may record usage may call this, too, so that no role has to be set up again.
DO $$
DECLARE
  "caller" regrole;
BEGIN
  FOR "caller" IN
    SELECT DISTINCT "grantee"::regrole FROM pg_proc, aclexplode("proacl")
    WHERE "oid" = 'record_key_usage(uuid[], bigint[], timestamptz[], text[])'::regprocedure
      AND "privilege_type" = 'EXECUTE' AND "grantee" <> 0
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION share_key_limits(uuid, uuid[], integer[], bigint[], bigint[]) TO %s', "caller");
  END LOOP;
END $$;
