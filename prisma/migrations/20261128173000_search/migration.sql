-- The one place where a text for a search is folded: the column of the keys, and the pattern of every search, call it, so
-- that an import, a trigger and psql cannot fold otherwise. Two spellings of one text become the same bytes:
-- - a letter in both cases, by ICU and, because an older ICU does not know the younger letters, by a table of those that
--   came between Unicode 10 (ICU 60) and 17: so every server folds alike;
-- - the two forms of sigma, because a part of a word does not know whether it ends there;
-- - composed and decomposed (NFC, Unicode Standard Annex 15).
-- Most names are in ASCII and need only the first line; few have a letter of the table, which takes 50 µs.
CREATE FUNCTION "fold_for_search"("given" text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length("given") = char_length("given") THEN lower("given" COLLATE "C")
  WHEN "given" COLLATE "C" ~ U&'[\03a3\03c2\1c89-\1cbf\2c2f\a7b8-\a7dc\a7f5\+010570-\+010595\+010d50-\+010d65\+016e40-\+016e5f\+016ea0-\+016eb8]'
  THEN translate(normalize(lower("given" COLLATE "und-x-icu"), NFC),
      U&'\03c2\1c89\1c90\1c91\1c92\1c93\1c94\1c95\1c96\1c97\1c98\1c99\1c9a\1c9b\1c9c\1c9d\1c9e\1c9f\1ca0\1ca1' ||
      U&'\1ca2\1ca3\1ca4\1ca5\1ca6\1ca7\1ca8\1ca9\1caa\1cab\1cac\1cad\1cae\1caf\1cb0\1cb1\1cb2\1cb3\1cb4\1cb5' ||
      U&'\1cb6\1cb7\1cb8\1cb9\1cba\1cbd\1cbe\1cbf\2c2f\a7b8\a7ba\a7bc\a7be\a7c0\a7c2\a7c4\a7c5\a7c6\a7c7\a7c9' ||
      U&'\a7cb\a7cc\a7ce\a7d0\a7d2\a7d4\a7d6\a7d8\a7da\a7dc\a7f5\+010570\+010571\+010572\+010573\+010574\+010575' ||
      U&'\+010576\+010577\+010578\+010579\+01057a\+01057c\+01057d\+01057e\+01057f\+010580\+010581\+010582\+010583' ||
      U&'\+010584\+010585\+010586\+010587\+010588\+010589\+01058a\+01058c\+01058d\+01058e\+01058f\+010590\+010591' ||
      U&'\+010592\+010594\+010595\+010d50\+010d51\+010d52\+010d53\+010d54\+010d55\+010d56\+010d57\+010d58\+010d59' ||
      U&'\+010d5a\+010d5b\+010d5c\+010d5d\+010d5e\+010d5f\+010d60\+010d61\+010d62\+010d63\+010d64\+010d65\+016e40' ||
      U&'\+016e41\+016e42\+016e43\+016e44\+016e45\+016e46\+016e47\+016e48\+016e49\+016e4a\+016e4b\+016e4c\+016e4d' ||
      U&'\+016e4e\+016e4f\+016e50\+016e51\+016e52\+016e53\+016e54\+016e55\+016e56\+016e57\+016e58\+016e59\+016e5a' ||
      U&'\+016e5b\+016e5c\+016e5d\+016e5e\+016e5f\+016ea0\+016ea1\+016ea2\+016ea3\+016ea4\+016ea5\+016ea6\+016ea7' ||
      U&'\+016ea8\+016ea9\+016eaa\+016eab\+016eac\+016ead\+016eae\+016eaf\+016eb0\+016eb1\+016eb2\+016eb3\+016eb4' ||
      U&'\+016eb5\+016eb6\+016eb7\+016eb8',
      U&'\03c3\1c8a\10d0\10d1\10d2\10d3\10d4\10d5\10d6\10d7\10d8\10d9\10da\10db\10dc\10dd\10de\10df\10e0\10e1' ||
      U&'\10e2\10e3\10e4\10e5\10e6\10e7\10e8\10e9\10ea\10eb\10ec\10ed\10ee\10ef\10f0\10f1\10f2\10f3\10f4\10f5' ||
      U&'\10f6\10f7\10f8\10f9\10fa\10fd\10fe\10ff\2c5f\a7b9\a7bb\a7bd\a7bf\a7c1\a7c3\a794\0282\1d8e\a7c8\a7ca' ||
      U&'\0264\a7cd\a7cf\a7d1\a7d3\a7d5\a7d7\a7d9\a7db\019b\a7f6\+010597\+010598\+010599\+01059a\+01059b\+01059c' ||
      U&'\+01059d\+01059e\+01059f\+0105a0\+0105a1\+0105a3\+0105a4\+0105a5\+0105a6\+0105a7\+0105a8\+0105a9\+0105aa' ||
      U&'\+0105ab\+0105ac\+0105ad\+0105ae\+0105af\+0105b0\+0105b1\+0105b3\+0105b4\+0105b5\+0105b6\+0105b7\+0105b8' ||
      U&'\+0105b9\+0105bb\+0105bc\+010d70\+010d71\+010d72\+010d73\+010d74\+010d75\+010d76\+010d77\+010d78\+010d79' ||
      U&'\+010d7a\+010d7b\+010d7c\+010d7d\+010d7e\+010d7f\+010d80\+010d81\+010d82\+010d83\+010d84\+010d85\+016e60' ||
      U&'\+016e61\+016e62\+016e63\+016e64\+016e65\+016e66\+016e67\+016e68\+016e69\+016e6a\+016e6b\+016e6c\+016e6d' ||
      U&'\+016e6e\+016e6f\+016e70\+016e71\+016e72\+016e73\+016e74\+016e75\+016e76\+016e77\+016e78\+016e79\+016e7a' ||
      U&'\+016e7b\+016e7c\+016e7d\+016e7e\+016e7f\+016ebb\+016ebc\+016ebd\+016ebe\+016ebf\+016ec0\+016ec1\+016ec2' ||
      U&'\+016ec3\+016ec4\+016ec5\+016ec6\+016ec7\+016ec8\+016ec9\+016eca\+016ecb\+016ecc\+016ecd\+016ece\+016ecf' ||
      U&'\+016ed0\+016ed1\+016ed2\+016ed3'
    ) COLLATE "C"
  ELSE normalize(lower("given" COLLATE "und-x-icu"), NFC) COLLATE "C"
END;

DO $$
DECLARE
  "definition" CONSTANT text := pg_get_indexdef('project_keys_search'::regclass);
BEGIN
  -- PostgreSQL before 17 cannot change the expression. It writes the whole table anew, and all of its indexes.
  ALTER TABLE "project_keys" DROP COLUMN "search";
  ALTER TABLE "project_keys" ADD COLUMN "search" TEXT COLLATE "C"
    GENERATED ALWAYS AS ("fold_for_search"("name") || E'\n' || "uuid"::text) STORED;
  IF "definition" LIKE '%project, search%' THEN
    EXECUTE "definition";
  ELSE
    -- The next migration drops this index and builds another one: an empty one spares it the time to build both.
    CREATE INDEX "project_keys_search" ON "project_keys" ("uuid") WHERE false;
  END IF;
END $$;
