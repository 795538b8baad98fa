-- Every change of a row that people are told of is an event. A writer says in `audit` who changes the row and by which
-- request, with the statement that changes it; a transaction may say it once, by the setting `project_keys.audit`. The text
-- stays in the row, and a change that leaves it as it was comes from somebody who did not say it.
ALTER TABLE "users" ADD COLUMN "audit" TEXT;
ALTER TABLE "organizations" ADD COLUMN "audit" TEXT;
ALTER TABLE "organization_members" ADD COLUMN "audit" TEXT;
ALTER TABLE "projects" ADD COLUMN "audit" TEXT;
ALTER TABLE "project_members" ADD COLUMN "audit" TEXT;
ALTER TABLE "project_keys" ADD COLUMN "audit" TEXT;
ALTER TABLE "project_key_rotations" ADD COLUMN "audit" TEXT;
ALTER TABLE "user_keys" ADD COLUMN "audit" TEXT;
ALTER TABLE "invitations" ADD COLUMN "audit" TEXT;

-- Changes that are not sealed yet. `before` and `after` are whole rows without their secrets.
CREATE TABLE "audit_pending" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "entity" TEXT NOT NULL,
    "op" TEXT NOT NULL,
    "before" JSONB,
    "after" JSONB,
    "by" TEXT,

    CONSTRAINT "audit_pending_pkey" PRIMARY KEY ("id")
);

-- The sealed events: one chain for each organization, by its UUID, and one for the server, whose UUID is all zeros.
CREATE TABLE "audit_events" (
    "chain" UUID NOT NULL,
    "number" BIGINT NOT NULL,
    "line" TEXT,
    "hash" BYTEA NOT NULL,
    "link" BYTEA NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "action" TEXT,
    "person" UUID,
    "project" UUID,
    "key" UUID,

    CONSTRAINT "audit_events_pkey" PRIMARY KEY ("chain", "number")
);

CREATE INDEX "audit_events_chain_person_number_idx" ON "audit_events"("chain", "person", "number") WHERE ("person" IS NOT NULL);
CREATE INDEX "audit_events_chain_key_number_idx" ON "audit_events"("chain", "key", "number") WHERE ("key" IS NOT NULL);
CREATE INDEX "audit_events_chain_action_number_idx" ON "audit_events"("chain", "action", "number");
CREATE INDEX "audit_events_chain_project_number_idx" ON "audit_events"("chain", "project", "number") WHERE ("project" IS NOT NULL);
CREATE INDEX "audit_events_chain_at_number_idx" ON "audit_events"("chain", "at", "number");

-- The last head of each chain that each key signed.
CREATE TABLE "audit_heads" (
    "chain" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "number" BIGINT NOT NULL,
    "text" TEXT NOT NULL,
    "signature" BYTEA NOT NULL,
    "made" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "audit_heads_pkey" PRIMARY KEY ("chain", "key")
);

-- Refusals of a minute, each kind of each person or address with a count, until they are an event.
CREATE TABLE "audit_refusals" (
    "minute" TIMESTAMPTZ(0) NOT NULL,
    "chain" UUID NOT NULL,
    "who" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "audit_refusals_pkey" PRIMARY KEY ("minute", "chain", "who", "kind")
);

ALTER TABLE "audit_pending" ADD CONSTRAINT "audit_pending_real_dates"
CHECK ("at" BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59+00');
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_real_dates"
CHECK ("at" BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59+00');
ALTER TABLE "audit_heads" ADD CONSTRAINT "audit_heads_real_dates"
CHECK ("made" BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59+00');
ALTER TABLE "audit_refusals" ADD CONSTRAINT "audit_refusals_real_dates"
CHECK ("minute" BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59+00');

CREATE FUNCTION "record_change"() RETURNS trigger LANGUAGE plpgsql SET TimeZone TO 'UTC' AS $$
DECLARE
  "private" CONSTANT text[] := '{hash,search,audit}';
  "said" text;
BEGIN
  IF TG_OP = 'INSERT' THEN "said" := NEW."audit";
  ELSIF TG_OP = 'UPDATE' THEN "said" := nullif(NEW."audit", OLD."audit");
  END IF;
  INSERT INTO "audit_pending" ("entity", "op", "before", "after", "by")
  VALUES (
    TG_TABLE_NAME, TG_OP,
    CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - "private" END,
    CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - "private" END,
    coalesce("said", nullif(current_setting('project_keys.audit', true), ''))
  );
  RETURN NULL;
END $$;

CREATE TRIGGER "record_change" AFTER INSERT OR UPDATE OR DELETE ON "organizations"
FOR EACH ROW EXECUTE FUNCTION "record_change"();
CREATE TRIGGER "record_change" AFTER INSERT OR UPDATE OR DELETE ON "organization_members"
FOR EACH ROW EXECUTE FUNCTION "record_change"();
CREATE TRIGGER "record_change" AFTER INSERT OR UPDATE OR DELETE ON "projects"
FOR EACH ROW EXECUTE FUNCTION "record_change"();
CREATE TRIGGER "record_change" AFTER INSERT OR UPDATE OR DELETE ON "project_members"
FOR EACH ROW EXECUTE FUNCTION "record_change"();
CREATE TRIGGER "record_change" AFTER INSERT OR UPDATE OR DELETE ON "user_keys"
FOR EACH ROW EXECUTE FUNCTION "record_change"();
CREATE TRIGGER "record_change" AFTER INSERT OR UPDATE OR DELETE ON "invitations"
FOR EACH ROW EXECUTE FUNCTION "record_change"();

-- The first use of a new secret is an event of its rotation, and none of its key.
CREATE TRIGGER "record_addition" AFTER INSERT OR DELETE ON "project_keys"
FOR EACH ROW EXECUTE FUNCTION "record_change"();
CREATE TRIGGER "record_change" AFTER UPDATE ON "project_keys" FOR EACH ROW
WHEN (OLD."first_use_awaited" = NEW."first_use_awaited" OR OLD."hash" <> NEW."hash")
EXECUTE FUNCTION "record_change"();

-- A rotation begins with a change of its key. Its event is another end of the old secret.
CREATE TRIGGER "record_change" AFTER UPDATE ON "project_key_rotations" FOR EACH ROW
WHEN (OLD."hash" = NEW."hash" AND OLD."ends" <> NEW."ends") EXECUTE FUNCTION "record_change"();

-- A sign-up is no account before its link was used, and anonymous callers can make many.
CREATE TRIGGER "record_addition" AFTER INSERT ON "users" FOR EACH ROW
WHEN (NEW."confirmed" IS NOT NULL OR NEW."admin") EXECUTE FUNCTION "record_change"();
CREATE TRIGGER "record_change" AFTER UPDATE ON "users" FOR EACH ROW
WHEN (NEW."confirmed" IS NOT NULL OR NEW."admin" OR OLD."admin") EXECUTE FUNCTION "record_change"();
CREATE TRIGGER "record_removal" AFTER DELETE ON "users" FOR EACH ROW
WHEN (OLD."confirmed" IS NOT NULL OR OLD."admin") EXECUTE FUNCTION "record_change"();
