import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Database } from './client.ts'

type Statement = { name: string; text: string; values: unknown[] }

const statementBy =
  (run: (db: Database, statement: Statement) => Promise<unknown[]>) =>
  <Row extends z.ZodType>(text: string, row: Row) => {
    // A name is made of the text: PostgreSQL refuses one name for two texts.
    const name = createHash('sha256').update(text).digest('base64url').slice(0, 24)
    const rows = z.array(row)
    return async (db: Database, values: unknown[]): Promise<z.output<Row>[]> =>
      rows.parse(await run(db, { name, text, values }))
  }

/**
 * One of the few hot reads, as a statement that each connection prepares and, where any values cost the same, plans
 * once. What comes back is checked against `row`.
 */
export const readStatement = statementBy((db, statement) => db.pipeline.read(statement))

/** The same for what writes, on a connection of its own meanwhile, for it may have to wait. */
export const writeStatement = statementBy(async (db, statement) => (await db.pool.query(statement)).rows)
