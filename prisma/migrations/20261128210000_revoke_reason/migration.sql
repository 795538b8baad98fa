-- Why a key was revoked, for those who manage it; null if nobody said.
ALTER TABLE "project_keys" ADD COLUMN "reason" TEXT,
  ADD CONSTRAINT "project_keys_reason" CHECK (char_length("reason") BETWEEN 1 AND 200);
