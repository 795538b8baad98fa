-- The overview of an organization reads its projects by name, and stops when a page is full. The former index on the
-- organization alone has nothing that this one lacks but the deleted projects, which the foreign key looks for, so it stays.
CREATE INDEX "projects_by_name" ON "projects"("organization", "name", "uuid") WHERE (deleted IS NULL);
