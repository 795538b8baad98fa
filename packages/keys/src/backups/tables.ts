import pg from 'pg'
import { z } from 'zod'

/** A table with those of its columns that hold data, each name as SQL writes it. */
export type Table = { table: string; columns: string[] }

/**
 * What belongs to one database alone: its migrations, changes that are told by the ids of its transactions, and what running
 * processes tell each other.
 */
const NOT_DATA = ['_prisma_migrations', 'verification_changes', 'verification_horizon', 'project_key_limit_counts']

const Found = z.array(z.object({ table: z.string(), columns: z.array(z.string()), needs: z.array(z.string()) }))

/** The tables of data, those that others refer to first. Generated columns are left out, because the database fills them. */
export async function readTables(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query(
    `SELECT c.relname AS table,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum) AS columns,
       ARRAY(SELECT DISTINCT f.relname::text FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid
         WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> c.oid) AS needs
     FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND c.relname <> ALL ($1)
     ORDER BY c.relname`,
    [NOT_DATA],
  )
  return inOrder(Found.parse(rows)).map(({ table, columns }) => ({ table, columns }))
}

function inOrder<Node extends { table: string; needs: string[] }>(nodes: Node[]): Node[] {
  const placed = new Set<string>()
  const ordered: Node[] = []
  while (ordered.length < nodes.length) {
    const ready = nodes.filter(({ table, needs }) => !placed.has(table) && needs.every((need) => placed.has(need)))
    if (ready.length === 0) throw new Error('Tables that refer to each other in a circle cannot be loaded.')
    for (const node of ready) placed.add(node.table)
    ordered.push(...ready)
  }
  return ordered
}

export const nameOf = (table: string) => pg.escapeIdentifier(table)
export const columnsOf = ({ columns }: Table) => columns.map((column) => pg.escapeIdentifier(column)).join(', ')

const Count = z.tuple([z.object({ rows: z.number() })])
export async function countRows(client: pg.Client, table: string): Promise<number> {
  const { rows } = await client.query(`SELECT count(*)::float8 AS rows FROM ${nameOf(table)}`)
  return Count.parse(rows)[0].rows
}

/** The migrations of a database, in their order; none if it has no tables. */
export async function readMigrationNames(client: pg.Client): Promise<string[]> {
  const { rows: made } = await client.query(`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS made`)
  if (!z.tuple([z.object({ made: z.boolean() })]).parse(made)[0].made) return []
  const { rows } = await client.query(
    'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY migration_name',
  )
  return z
    .array(z.object({ name: z.string() }))
    .parse(rows)
    .map(({ name }) => name)
}
