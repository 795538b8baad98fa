-- A list that is sorted by a time, or filtered by expiry, reads its page from an index. Without one, each page reads and
-- sorts all keys of the project.

-- CreateIndex
CREATE INDEX "project_keys_active_by_creation" ON "project_keys"("project", "creation", "name", "uuid") WHERE (revoked IS NULL);

-- CreateIndex
CREATE INDEX "project_keys_revoked_by_creation" ON "project_keys"("project", "creation", "name", "uuid") WHERE (revoked IS NOT NULL);

-- CreateIndex
CREATE INDEX "project_keys_active_by_expiration" ON "project_keys"("project", "expiration", "name", "creation", "uuid") WHERE (revoked IS NULL);

-- CreateIndex
CREATE INDEX "project_keys_revoked_by_expiration" ON "project_keys"("project", "expiration", "name", "creation", "uuid") WHERE (revoked IS NOT NULL);

-- The index of the search begins with the project, so that a search costs the same whatever the names in other projects
-- are. A GIN index takes a UUID only with this extension.
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- DropIndex
DROP INDEX "project_keys_search";

-- CreateIndex
CREATE INDEX "project_keys_search" ON "project_keys" USING GIN ("project", "search" gin_trgm_ops);
