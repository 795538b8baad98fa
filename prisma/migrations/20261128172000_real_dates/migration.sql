-- SQL and imports can write times that no response can hold: infinity, and years before 1 or after 9999. Each of them moves
-- to the nearest time that a response can hold, because what is to come then stays to come, and what has passed stays
-- past. From then on a constraint refuses such times. Each table is read twice: once to move, once to check.
DO $$
DECLARE
  "earliest" CONSTANT text := '0001-01-01 00:00:00+00';
  "latest" CONSTANT text := '9999-12-31 23:59:59+00';
  "each" record;
  "moved" bigint;
BEGIN
  -- A count is no use without its end, and two that move would have the same one.
  DELETE FROM "rate_counts" WHERE "ends" NOT BETWEEN "earliest"::timestamptz AND "latest"::timestamptz;

  FOR "each" IN
    SELECT "of"."table",
      string_agg(format('%1$I = CASE WHEN %1$I < $1 THEN $1 WHEN %1$I > $2 THEN $2 ELSE %1$I END', "column"), ', ')
        AS "moves",
      string_agg(format('%I NOT BETWEEN $1 AND $2', "column"), ' OR ') AS "is_unreal",
      string_agg(format('%I BETWEEN %L::timestamptz AND %L::timestamptz', "column", "earliest", "latest"), ' AND ')
        AS "is_real"
    FROM (VALUES
      ('users', ARRAY['email_since', 'created', 'modified', 'confirmed', 'new_email_signed_in', 'sessions_since']),
      ('organizations', ARRAY['created', 'modified', 'claimed']),
      ('organization_members', ARRAY['created', 'modified']),
      ('projects', ARRAY['created', 'modified', 'deleted']),
      ('project_members', ARRAY['created', 'modified']),
      ('project_keys', ARRAY['creation', 'expiration', 'revoked']),
      ('project_key_uses', ARRAY['last_used']),
      ('user_keys', ARRAY['creation', 'expiration', 'revoked']),
      ('invitations', ARRAY['created', 'expiration']),
      ('spent_tokens', ARRAY['expiration']),
      ('address_changes', ARRAY['signed_in', 'changed', 'expiration']),
      ('former_slugs', ARRAY['freed']),
      ('rate_counts', ARRAY['ends'])
    ) AS "of" ("table", "columns"), unnest("of"."columns") AS "column"
    GROUP BY "of"."table" ORDER BY "of"."table"
  LOOP
    EXECUTE format('UPDATE %I SET %s WHERE %s', "each"."table", "each"."moves", "each"."is_unreal")
    USING "earliest"::timestamptz, "latest"::timestamptz;
    GET DIAGNOSTICS "moved" = ROW_COUNT;
    IF "moved" > 0 THEN
      RAISE WARNING '% rows of the table % held a time that no response can hold (infinity, or a year before 1 or after 9999): it is now 9999-12-31T23:59:59Z, or 0001-01-01T00:00:00Z if it had passed.',
        "moved", "each"."table";
    END IF;
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (%s)', "each"."table", "each"."table" || '_real_dates', "each"."is_real");
  END LOOP;
END $$;
