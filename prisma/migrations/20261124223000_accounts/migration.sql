-- AlterTable
ALTER TABLE "users" ADD COLUMN "new_email" TEXT;

-- CreateTable
CREATE TABLE "invitations" (
    "uuid" UUID NOT NULL,
    "organization" UUID,
    "project" UUID,
    "email" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "inviter" UUID,
    "created" TIMESTAMPTZ(0) NOT NULL,
    "expiration" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "invitations_pkey" PRIMARY KEY ("uuid"),
    CONSTRAINT "invitations_one_place" CHECK (num_nonnulls("organization", "project") = 1)
);

-- CreateTable
CREATE TABLE "rate_counts" (
    "bucket" TEXT NOT NULL,
    "ends" TIMESTAMPTZ(0) NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "rate_counts_pkey" PRIMARY KEY ("bucket","ends")
);

-- CreateIndex
CREATE INDEX "invitations_email_idx" ON "invitations"("email");

-- CreateIndex
CREATE INDEX "invitations_inviter_idx" ON "invitations"("inviter");

-- CreateIndex
CREATE INDEX "invitations_expiration_idx" ON "invitations"("expiration");

-- CreateIndex
CREATE UNIQUE INDEX "invitations_organization_email_key" ON "invitations"("organization", "email");

-- CreateIndex
CREATE UNIQUE INDEX "invitations_project_email_key" ON "invitations"("project", "email");

-- CreateIndex
CREATE INDEX "rate_counts_ends_idx" ON "rate_counts"("ends");

-- CreateIndex
CREATE INDEX "users_new_email_idx" ON "users"("new_email");

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_organization_fkey" FOREIGN KEY ("organization") REFERENCES "organizations"("uuid") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_project_fkey" FOREIGN KEY ("project") REFERENCES "projects"("uuid") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_inviter_fkey" FOREIGN KEY ("inviter") REFERENCES "users"("uuid") ON DELETE SET NULL ON UPDATE CASCADE;
