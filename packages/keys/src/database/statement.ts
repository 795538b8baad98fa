import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Database } from './client.ts'

/**
 * One of the few hot reads, as a statement that each connection prepares once. What comes back is checked against
 * `row`. The name is made of the text: PostgreSQL refuses one name for two texts.
 */
export function statement<Row extends z.ZodType>(text: string, row: Row) {
  const name = createHash('sha256').update(text).digest('base64url').slice(0, 24)
  const rows = z.array(row)
  return async (db: Database, values: unknown[]): Promise<z.output<Row>[]> =>
    rows.parse((await db.pool.query({ name, text, values })).rows)
}
