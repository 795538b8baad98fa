-- The role by which a service verifies keys: it reads one view, calls one function, and may do nothing else here. Run
-- this in the database of Project Keys as its owner, then give the role a password: \password project_keys_verifier
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'project_keys_verifier') THEN
    CREATE ROLE project_keys_verifier LOGIN NOINHERIT;
  END IF;
END $$;
GRANT USAGE ON SCHEMA public TO project_keys_verifier;
GRANT SELECT ON key_verification TO project_keys_verifier;
GRANT EXECUTE ON FUNCTION record_key_usage(uuid[], bigint[], timestamptz[], text[]) TO project_keys_verifier;
