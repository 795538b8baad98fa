import { z } from 'zod'
import type { Database } from './client.ts'
import { nameOf } from './statement-name.ts'

/**
 * A hot read. Each connection prepares the statement once and, where any values cost the same, plans it once. `row`
 * checks the rows.
 */
export function readStatement<Row extends z.ZodType>(text: string, row: Row) {
  const name = nameOf(text)
  const rows = z.array(row)
  return async (db: Database, values: unknown[]): Promise<z.output<Row>[]> =>
    rows.parse(await db.pipeline.read({ name, text, values }))
}
