import type pg from 'pg'
import { z } from 'zod'
import type { Migration } from './migrations.ts'

type Row = { checksum: string; finished: boolean; oldest: string | null }
type Applied = Map<string, Row>

const Rows = z.array(
  z.object({ name: z.string(), checksum: z.string(), finished: z.boolean(), oldest: z.string().nullable() }),
)

/** Of a migration that went well, Prisma keeps no logs: there we keep the oldest code that may run beside it. */
const APPLIED = `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished, logs AS oldest
  FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name`

/** The migrations in a database, by their names. */
export async function readApplied(client: pg.ClientBase | pg.Pool): Promise<Applied> {
  const { rows } = await client.query(APPLIED)
  return new Map(Rows.parse(rows).map(({ name, ...rest }) => [name, rest]))
}

/** Whether code with these migrations may run beside one whose oldest code this is. */
export const mayRunBeside = (known: { has: (name: string) => boolean }, oldest: string | null): boolean =>
  oldest !== null && known.has(oldest)

/** The migration in the database beside which code with these migrations may not run; undefined if there is none. */
export const findNewer = (applied: Applied, known: Set<string>): string | undefined =>
  [...applied].find(([name, { oldest }]) => !known.has(name) && !mayRunBeside(known, oldest))?.[0]

/** @throws an Error for people if code with these migrations cannot work on a database with those */
export function rejectForeign(applied: Applied, migrations: Migration[]) {
  const byName = new Map(migrations.map((migration) => [migration.name, migration]))
  const newer = findNewer(applied, new Set(byName.keys()))
  if (newer !== undefined) {
    throw new Error(
      `The database is newer than this code: it holds the migration ${newer}. Update the code, or use another database.`,
    )
  }
  for (const [name, { checksum, finished }] of applied) {
    const known = byName.get(name)
    if (known && !known.checksums.includes(checksum)) {
      throw new Error(`The migration ${name} was changed after it was applied. Restore prisma/migrations from git.`)
    }
    if (!finished) {
      throw new Error(
        `The migration ${name} began and never ended. Look at the database, then use \`prisma migrate resolve\`.`,
      )
    }
  }
}
