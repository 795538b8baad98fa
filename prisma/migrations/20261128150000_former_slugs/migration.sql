-- A slug names a project or an organization to others, such as gateways that ask for the keys of one project. After a
-- rename or a deletion it stays taken for a while, or somebody else could take it and their keys would get in.
CREATE TABLE "former_slugs" (
    "kind" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "thing" UUID NOT NULL,
    "freed" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "former_slugs_pkey" PRIMARY KEY ("kind", "slug", "thing")
);
CREATE INDEX "former_slugs_freed_idx" ON "former_slugs"("freed");

-- Triggers, so that an import or psql cannot forget it. The time is the change's own where the change tells one.
CREATE FUNCTION keep_former_slug() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  told timestamptz := CASE WHEN TG_OP = 'UPDATE' AND NEW.modified > OLD.modified THEN NEW.modified END;
BEGIN
  IF TG_TABLE_NAME = 'projects' THEN
    IF OLD.deleted IS NOT NULL THEN RETURN NULL; END IF;
    IF TG_OP = 'UPDATE' THEN told := coalesce(NEW.deleted, told); END IF;
  END IF;
  INSERT INTO former_slugs (kind, slug, thing, freed)
  VALUES (CASE TG_TABLE_NAME WHEN 'projects' THEN 'project' ELSE 'organization' END, OLD.slug, OLD.uuid, coalesce(told, now()))
  ON CONFLICT (kind, slug, thing) DO UPDATE SET freed = greatest(former_slugs.freed, excluded.freed);
  RETURN NULL;
END $$;

CREATE TRIGGER keep_former_slug_of_project AFTER UPDATE OF slug, deleted ON projects FOR EACH ROW
  WHEN (OLD.slug <> NEW.slug OR NEW.deleted IS NOT NULL) EXECUTE FUNCTION keep_former_slug();
CREATE TRIGGER keep_former_slug_of_deleted_project AFTER DELETE ON projects FOR EACH ROW
  EXECUTE FUNCTION keep_former_slug();
CREATE TRIGGER keep_former_slug_of_organization AFTER UPDATE OF slug ON organizations FOR EACH ROW
  WHEN (OLD.slug <> NEW.slug) EXECUTE FUNCTION keep_former_slug();
CREATE TRIGGER keep_former_slug_of_deleted_organization AFTER DELETE ON organizations FOR EACH ROW
  EXECUTE FUNCTION keep_former_slug();
