-- The role for services that verify keys: it may read one view and call four functions, and nothing else. Run this file in
-- the database of Project Keys as its owner, then give the role a password: \password project_keys_verifier
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'project_keys_verifier') THEN
    CREATE ROLE project_keys_verifier LOGIN NOINHERIT;
  END IF;
END $$;
DO $$
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO project_keys_verifier', current_schema());
END $$;
GRANT SELECT ON key_verification TO project_keys_verifier;
GRANT EXECUTE ON FUNCTION record_key_usage(uuid[], bigint[], timestamptz[], text[]),
  record_old_key_usage(uuid[], bigint[], timestamptz[], text[]), record_first_key_use(bytea[]),
  share_key_limits(uuid, uuid[], integer[], bigint[], bigint[]) TO project_keys_verifier;
