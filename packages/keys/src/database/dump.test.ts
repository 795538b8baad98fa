import { expect, test } from 'vitest'
import { z } from 'zod'
import { execute, freshDatabase } from '../../test/database.ts'

const Defined = z.array(z.object({ name: z.string(), definition: z.string() }))

/** Everything of the schema that PostgreSQL stores parsed and writes down again for a dump, as it writes it. */
const DEFINITIONS = `
  SELECT proname AS name, pg_get_functiondef(oid) AS definition FROM pg_proc p
  WHERE pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
  UNION ALL
  SELECT relname, format('CREATE OR REPLACE VIEW %I AS %s', relname, pg_get_viewdef(oid)) FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'
  UNION ALL
  SELECT tgname, regexp_replace(pg_get_triggerdef(oid), '^CREATE', 'CREATE OR REPLACE') FROM pg_trigger
  WHERE NOT tgisinternal`

test('every function, view and trigger can be restored from what PostgreSQL writes into a dump', async () => {
  const { url } = await freshDatabase()
  const defined = Defined.parse(await execute(url, DEFINITIONS))
  expect(defined.map(({ name }) => name)).toEqual(expect.arrayContaining(['record_key_usage', 'key_verification']))
  for (const { name, definition } of defined) {
    const failure = await execute(url, definition).then(
      () => null,
      (error: Error) => error.message,
    )
    expect([name, failure]).toEqual([name, null])
  }
})
