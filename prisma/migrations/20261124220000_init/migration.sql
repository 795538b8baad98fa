-- Trigrams, for the search in names.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- CreateEnum
CREATE TYPE "organization_role" AS ENUM ('leader');

-- CreateEnum
CREATE TYPE "visibility" AS ENUM ('public', 'private');

-- CreateEnum
CREATE TYPE "project_role" AS ENUM ('viewer', 'developer', 'maintainer');

-- CreateTable
CREATE TABLE "users" (
    "uuid" UUID NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "slug" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "email_since" TIMESTAMPTZ(0) NOT NULL,
    "admin" BOOLEAN NOT NULL DEFAULT false,
    "locked" BOOLEAN NOT NULL DEFAULT false,
    "created" TIMESTAMPTZ(0) NOT NULL,
    "modified" TIMESTAMPTZ(0) NOT NULL,
    "confirmed" TIMESTAMPTZ(0),

    CONSTRAINT "users_pkey" PRIMARY KEY ("uuid")
);

-- CreateTable
CREATE TABLE "organizations" (
    "uuid" UUID NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "slug" TEXT NOT NULL,
    "created" TIMESTAMPTZ(0) NOT NULL,
    "modified" TIMESTAMPTZ(0) NOT NULL,
    "claimed" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "organizations_pkey" PRIMARY KEY ("uuid")
);

-- CreateTable
CREATE TABLE "organization_members" (
    "organization" UUID NOT NULL,
    "user" UUID NOT NULL,
    "role" "organization_role" NOT NULL,
    "created" TIMESTAMPTZ(0) NOT NULL,
    "modified" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "organization_members_pkey" PRIMARY KEY ("user","organization")
);

-- CreateTable
CREATE TABLE "projects" (
    "uuid" UUID NOT NULL,
    "organization" UUID NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "slug" TEXT NOT NULL,
    "url" TEXT,
    "visibility" "visibility" NOT NULL,
    "created" TIMESTAMPTZ(0) NOT NULL,
    "modified" TIMESTAMPTZ(0) NOT NULL,
    "deleted" TIMESTAMPTZ(0),

    CONSTRAINT "projects_pkey" PRIMARY KEY ("uuid")
);

-- CreateTable
CREATE TABLE "project_members" (
    "project" UUID NOT NULL,
    "user" UUID NOT NULL,
    "role" "project_role" NOT NULL,
    "created" TIMESTAMPTZ(0) NOT NULL,
    "modified" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "project_members_pkey" PRIMARY KEY ("user","project")
);

-- CreateTable
CREATE TABLE "project_keys" (
    "uuid" UUID NOT NULL,
    "project" UUID NOT NULL,
    "creator" UUID,
    "revoker" UUID,
    "name" TEXT COLLATE "C" NOT NULL,
    "hash" BYTEA NOT NULL CHECK (octet_length("hash") = 32),
    "last_four" TEXT NOT NULL,
    "creation" TIMESTAMPTZ(0) NOT NULL,
    "expiration" TIMESTAMPTZ(0) NOT NULL,
    "revoked" TIMESTAMPTZ(0),
    "search" TEXT COLLATE "C" GENERATED ALWAYS AS (lower("name" COLLATE "und-x-icu") || E'\n' || "uuid"::text) STORED,

    CONSTRAINT "project_keys_pkey" PRIMARY KEY ("uuid")
);

-- CreateTable
CREATE TABLE "project_key_totals" (
    "project" UUID NOT NULL,
    "slot" SMALLINT NOT NULL,
    "active" INTEGER NOT NULL,
    "revoked" INTEGER NOT NULL,

    CONSTRAINT "project_key_totals_pkey" PRIMARY KEY ("project","slot")
);

-- CreateTable
CREATE TABLE "user_keys" (
    "uuid" UUID NOT NULL,
    "user" UUID NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "hash" BYTEA NOT NULL CHECK (octet_length("hash") = 32),
    "last_four" TEXT NOT NULL,
    "creation" TIMESTAMPTZ(0) NOT NULL,
    "expiration" TIMESTAMPTZ(0) NOT NULL,
    "revoked" TIMESTAMPTZ(0),

    CONSTRAINT "user_keys_pkey" PRIMARY KEY ("uuid")
);

-- CreateTable
CREATE TABLE "spent_tokens" (
    "hash" BYTEA NOT NULL,
    "expiration" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "spent_tokens_pkey" PRIMARY KEY ("hash")
);

-- CreateIndex
CREATE UNIQUE INDEX "users_slug_key" ON "users"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");

-- CreateIndex
CREATE UNIQUE INDEX "organizations_slug_key" ON "organizations"("slug");

-- CreateIndex
CREATE INDEX "organization_members_organization_idx" ON "organization_members"("organization");

-- CreateIndex
CREATE INDEX "projects_organization_idx" ON "projects"("organization");

-- CreateIndex
CREATE UNIQUE INDEX "projects_slug_key" ON "projects"("slug") WHERE (deleted IS NULL);

-- CreateIndex
CREATE INDEX "project_members_project_idx" ON "project_members"("project");

-- CreateIndex
CREATE UNIQUE INDEX "project_keys_hash_key" ON "project_keys"("hash");

-- CreateIndex
CREATE INDEX "project_keys_active" ON "project_keys"("project", "name", "creation", "uuid") WHERE (revoked IS NULL);

-- CreateIndex
CREATE INDEX "project_keys_revoked" ON "project_keys"("project", "name", "creation", "uuid") WHERE (revoked IS NOT NULL);

-- CreateIndex
CREATE INDEX "project_keys_search" ON "project_keys" USING GIN ("search" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "project_keys_creator_idx" ON "project_keys"("creator");

-- CreateIndex
CREATE INDEX "project_keys_revoker_idx" ON "project_keys"("revoker");

-- CreateIndex
CREATE UNIQUE INDEX "user_keys_hash_key" ON "user_keys"("hash");

-- CreateIndex
CREATE INDEX "user_keys_user_name_creation_uuid_idx" ON "user_keys"("user", "name", "creation", "uuid");

-- CreateIndex
CREATE INDEX "spent_tokens_expiration_idx" ON "spent_tokens"("expiration");

-- AddForeignKey
ALTER TABLE "organization_members" ADD CONSTRAINT "organization_members_organization_fkey" FOREIGN KEY ("organization") REFERENCES "organizations"("uuid") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "organization_members" ADD CONSTRAINT "organization_members_user_fkey" FOREIGN KEY ("user") REFERENCES "users"("uuid") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "projects" ADD CONSTRAINT "projects_organization_fkey" FOREIGN KEY ("organization") REFERENCES "organizations"("uuid") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "project_members" ADD CONSTRAINT "project_members_project_fkey" FOREIGN KEY ("project") REFERENCES "projects"("uuid") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "project_members" ADD CONSTRAINT "project_members_user_fkey" FOREIGN KEY ("user") REFERENCES "users"("uuid") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "project_keys" ADD CONSTRAINT "project_keys_project_fkey" FOREIGN KEY ("project") REFERENCES "projects"("uuid") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "project_keys" ADD CONSTRAINT "project_keys_creator_fkey" FOREIGN KEY ("creator") REFERENCES "users"("uuid") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "project_keys" ADD CONSTRAINT "project_keys_revoker_fkey" FOREIGN KEY ("revoker") REFERENCES "users"("uuid") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "project_key_totals" ADD CONSTRAINT "project_key_totals_project_fkey" FOREIGN KEY ("project") REFERENCES "projects"("uuid") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "user_keys" ADD CONSTRAINT "user_keys_user_fkey" FOREIGN KEY ("user") REFERENCES "users"("uuid") ON DELETE CASCADE ON UPDATE CASCADE;

-- Names sort by the bytes of UTF-8 (COLLATE "C" above) and are found in any letter case (ICU's lower(), which knows É).

-- The totals are kept by the database, so that an import or psql can't bypass them. A writer adds to one of 16 rows,
-- chosen by its connection, and readers sum them: writers of one project don't queue for one lock. The triggers are per
-- statement, so that a bulk insert is one addition; where a project itself goes, there is nothing left to count.
CREATE FUNCTION "add_to_project_key_total"("of" uuid, "more_active" bigint, "more_revoked" bigint)
RETURNS void LANGUAGE sql AS $$
  INSERT INTO "project_key_totals" AS "total" ("project", "slot", "active", "revoked")
  SELECT "of", pg_backend_pid() % 16, "more_active", "more_revoked"
  WHERE EXISTS (SELECT FROM "projects" WHERE "uuid" = "of")
  ON CONFLICT ("project", "slot") DO UPDATE
  SET "active" = "total"."active" + excluded."active", "revoked" = "total"."revoked" + excluded."revoked"
$$;

CREATE FUNCTION "count_added_project_keys"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "add_to_project_key_total"("project", count(*) FILTER (WHERE "revoked" IS NULL), count("revoked"))
  FROM "added" GROUP BY "project" ORDER BY "project";
  RETURN NULL;
END $$;

CREATE FUNCTION "count_removed_project_keys"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "add_to_project_key_total"("project", -count(*) FILTER (WHERE "revoked" IS NULL), -count("revoked"))
  FROM "removed" GROUP BY "project" ORDER BY "project";
  RETURN NULL;
END $$;

CREATE FUNCTION "count_changed_project_keys"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "add_to_project_key_total"("project", sum("active"), sum("revoked"))
  FROM (
    SELECT "project", ("revoked" IS NULL)::int AS "active", ("revoked" IS NOT NULL)::int AS "revoked" FROM "added"
    UNION ALL
    SELECT "project", -("revoked" IS NULL)::int, -("revoked" IS NOT NULL)::int FROM "removed"
  ) AS "delta"
  GROUP BY "project" HAVING sum("active") <> 0 OR sum("revoked") <> 0 ORDER BY "project";
  RETURN NULL;
END $$;

CREATE TRIGGER "count_added" AFTER INSERT ON "project_keys"
REFERENCING NEW TABLE AS "added" FOR EACH STATEMENT EXECUTE FUNCTION "count_added_project_keys"();

CREATE TRIGGER "count_removed" AFTER DELETE ON "project_keys"
REFERENCING OLD TABLE AS "removed" FOR EACH STATEMENT EXECUTE FUNCTION "count_removed_project_keys"();

CREATE TRIGGER "count_changed" AFTER UPDATE ON "project_keys"
REFERENCING OLD TABLE AS "removed" NEW TABLE AS "added" FOR EACH STATEMENT EXECUTE FUNCTION "count_changed_project_keys"();
