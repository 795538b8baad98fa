-- The id of the secret that a remembered key is derived from. Null: unknown, so all secrets are tried.
ALTER TABLE "remembered_answers" ADD COLUMN "secret" TEXT;
