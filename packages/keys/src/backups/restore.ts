import { once } from 'node:events'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { z } from 'zod'
import { inLongTransaction, openWorker } from '../database/long-work.ts'
import { migrate } from '../database/migrate.ts'
import { migrationNames } from '../database/migrations.ts'
import type { DatabasePlace } from '../database/target.ts'
import { FIRST_ROWS_LOCK } from '../server/first-run.ts'
import { examineBackup } from './examine.ts'
import { readBackup } from './file.ts'
import type { Head, Sum } from './format.ts'
import { columnsOf, countRows, nameOf, readMigrationNames, readTables } from './tables.ts'

type Options = {
  place: DatabasePlace
  /** The text of a file with the identity of age that the backup was encrypted to, or null. */
  identity: string | null
  tell: (sentence: string) => void
}

/**
 * Loads a backup into an empty database: with the tables of the backup's version first, and then updated to this one. All
 * of the file is checked before a row is written, and all rows are written or none.
 * @throws an Error for people if the file is damaged, or newer than this code, or if the database is not empty
 */
export async function restore(path: string, { place, identity, tell }: Options): Promise<Sum[]> {
  tell(`Checking ${path}.`)
  const { head, sums } = await examineBackup(readBackup(path, identity))
  await requireKnown(head)
  const client = await openWorker(place, 'project-keys-restore')
  try {
    await requireEmpty(client, head)
    await migrate({ ...place, tell, until: head.migrations.at(-1) })
    await inLongTransaction(client, async () => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [FIRST_ROWS_LOCK])
      await requireEmpty(client, head)
      await load(path, { client, identity, sums, tell })
    })
    await client.query('ANALYZE')
  } finally {
    await client.end()
  }
  await migrate({ ...place, tell })
  return sums
}

async function requireKnown({ migrations }: Head) {
  const known = await migrationNames()
  const isPart = migrations.every((name, n) => known[n] === name)
  if (!isPart) throw new Error('The backup is of a newer version of Project Keys: restore it with that version.')
}

const NOT_EMPTY = 'A backup can be restored into an empty database only, and nothing was written: name another one.'

async function requireEmpty(client: pg.Client, { migrations }: Head) {
  const applied = await readMigrationNames(client)
  const tables = await readTables(client)
  for (const { table } of tables) {
    const rows = await countRows(client, table)
    if (rows > 0) throw new Error(`The database is not empty: its table ${table} has ${rows} rows. ${NOT_EMPTY}`)
  }
  const isSame = applied.length <= migrations.length && applied.every((name, n) => migrations[n] === name)
  if (!isSame) throw new Error(`The database has the tables of another version than the backup. ${NOT_EMPTY}`)
  if (applied.length === 0 && tables.length > 0) {
    throw new Error(`The database has tables that are not ours, such as ${tables[0]?.table}. ${NOT_EMPTY}`)
  }
}

type Loading = { client: pg.Client; identity: string | null; sums: Sum[]; tell: (sentence: string) => void }

/** No index and no trigger takes part, because each row would cost several times as much; the totals are data, too. */
async function load(path: string, { client, identity, sums, tell }: Loading) {
  const tables = await readTables(client)
  const indexes = await readIndexes(client)
  for (const { table } of tables) await client.query(`ALTER TABLE ${nameOf(table)} DISABLE TRIGGER USER`)
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`)
  await examineBackup(readBackup(path, identity), copySink(client, tell))
  tell('Making the indexes.')
  await client.query(`SELECT set_config('maintenance_work_mem', '256MB', true)`)
  for (const { definition } of indexes) await client.query(definition)
  for (const { table } of tables) await client.query(`ALTER TABLE ${nameOf(table)} ENABLE TRIGGER USER`)
  await continueSequences(client)
  for (const { table, rows } of sums) {
    const loaded = await countRows(client, table)
    if (loaded !== rows) throw new Error(`${table} has ${loaded} rows and not ${rows}: nothing was kept.`)
  }
  await client.query('SELECT tell_everything_changed()')
}

function copySink(client: pg.Client, tell: (sentence: string) => void) {
  let stream: ReturnType<typeof copyFrom> | null = null
  let current = ''
  return {
    table: async (table: string, columns: string[]) => {
      current = table
      stream = client.query(copyFrom(`COPY ${nameOf(table)} (${columnsOf({ table, columns })}) FROM STDIN`))
      stream.on('error', () => {})
    },
    rows: async (bytes: Buffer) => {
      if (stream?.errored) throw stream.errored
      if (stream && !stream.write(bytes)) await once(stream, 'drain')
    },
    end: async () => {
      if (!stream) return
      const finished = once(stream, 'finish')
      stream.end()
      await finished
      tell(`${current} is loaded.`)
    },
  }
}

const Indexes = z.array(z.object({ name: z.string(), definition: z.string() }))

/** Those that no constraint needs. */
async function readIndexes(client: pg.Client) {
  const { rows } = await client.query(
    `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
       AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid) ORDER BY 1`,
  )
  return Indexes.parse(rows)
}

const Sequences = z.array(z.object({ table: z.string(), column: z.string(), sequence: z.string() }))

async function continueSequences(client: pg.Client) {
  const { rows } = await client.query(
    `SELECT c.relname AS table, a.attname AS column, pg_get_serial_sequence(c.oid::regclass::text, a.attname) AS sequence
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
       AND pg_get_serial_sequence(c.oid::regclass::text, a.attname) IS NOT NULL`,
  )
  for (const { table, column, sequence } of Sequences.parse(rows)) {
    const next = `coalesce((SELECT max(${pg.escapeIdentifier(column)}) FROM ${nameOf(table)}), 0) + 1`
    await client.query(`SELECT setval($1::regclass, ${next}, false)`, [sequence])
  }
}
