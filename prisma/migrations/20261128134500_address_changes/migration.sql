-- AlterTable
ALTER TABLE "users" ADD COLUMN "new_email_signed_in" TIMESTAMPTZ(0),
ADD COLUMN "sessions_since" TIMESTAMPTZ(0);

-- CreateTable
CREATE TABLE "address_changes" (
    "id" BIGSERIAL NOT NULL,
    "user" UUID NOT NULL,
    "old_email" TEXT NOT NULL,
    "signed_in" TIMESTAMPTZ(0) NOT NULL,
    "changed" TIMESTAMPTZ(0) NOT NULL,
    "expiration" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "address_changes_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "address_changes_user_idx" ON "address_changes"("user");

-- CreateIndex
CREATE INDEX "address_changes_old_email_idx" ON "address_changes"("old_email");

-- CreateIndex
CREATE INDEX "address_changes_expiration_idx" ON "address_changes"("expiration");

-- AddForeignKey
ALTER TABLE "address_changes" ADD CONSTRAINT "address_changes_user_fkey" FOREIGN KEY ("user") REFERENCES "users"("uuid") ON DELETE CASCADE ON UPDATE CASCADE;
