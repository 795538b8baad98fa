import type { Database } from './client.ts'
import { nameOf } from './statement-name.ts'

/**
 * A hot read. Each connection prepares the statement once and plans it once. Nothing checks the rows at run time, because
 * that cost more than to read them: `Row` says what the statement selects, and the tests parse every answer made from it.
 */
export function readStatement<Row extends object>(text: string) {
  const name = nameOf(text)
  return (db: Database, values: unknown[]): Promise<Row[]> => db.pipeline.read<Row>({ name, text, values })
}
