import { stat } from 'node:fs/promises'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { inLongTransaction, openWorker } from '../database/long-work.ts'
import type { DatabasePlace } from '../database/target.ts'
import { examineBackup } from './examine.ts'
import { readBackup, writeBackup } from './file.ts'
import { COPY_END, comment, copyHead, createSum, type Head, type Sum } from './format.ts'
import { columnsOf, countRows, nameOf, readMigrationNames, readTables } from './tables.ts'

type Options = {
  place: DatabasePlace
  /** The `age1…` to encrypt to, or null. */
  recipient: string | null
  now: Date
  tell: (sentence: string) => void
}

/**
 * Writes all data, as it was at one moment, into a new file, while the service runs. Returns how many rows each table has.
 * @throws an Error for people, and leaves no file, if the file exists or holds other rows than the database
 */
export async function backUp(path: string, { place, recipient, now, tell }: Options): Promise<Sum[]> {
  if (await stat(path).catch(() => null))
    throw new Error(`${path} exists: name a new file, because none is overwritten.`)
  const client = await openWorker(place, 'project-keys-backup')
  try {
    return await inLongTransaction(client, () => write(path, { client, recipient, now, tell }), {
      begin: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
    })
  } finally {
    await client.end()
  }
}

type Writing = Omit<Options, 'place'> & { client: pg.Client }

async function write(path: string, { client, recipient, now, tell }: Writing): Promise<Sum[]> {
  const migrations = await readMigrationNames(client)
  if (migrations.length === 0) throw new Error('There is no database yet: start Project Keys once.')
  const head: Head = { format: 'project-keys-backup', version: 1, created: now.toISOString(), migrations }
  const sums: Sum[] = []
  const file = await writeBackup(path, dump(client, { head, sums, tell }), recipient)
  try {
    for (const { table, rows } of sums) await requireRows(client, table, rows)
    if (recipient === null) await requireSame(sums, await examineBackup(readBackup(file.path, null)))
    await file.keep()
    return sums
  } catch (error) {
    await file.drop()
    throw error
  }
}

type Dumping = { head: Head; sums: Sum[]; tell: (sentence: string) => void }

/** The parts of a backup. `sums` gets what each table had. */
async function* dump(client: pg.Client, { head, sums, tell }: Dumping): AsyncGenerator<string | Buffer> {
  yield comment(head)
  for (const table of await readTables(client)) {
    const [name, columns] = [nameOf(table.table), columnsOf(table)]
    yield copyHead(table, `COPY ${name} (${columns}) FROM stdin`)
    const sum = createSum(table.table)
    const rows: AsyncIterable<Buffer> = client.query(copyTo(`COPY (SELECT ${columns} FROM ${name}) TO STDOUT`))
    for await (const bytes of rows) {
      sum.add(bytes)
      yield bytes
    }
    yield COPY_END
    sums.push(sum.done())
    tell(`${table.table}: ${sums.at(-1)?.rows} rows.`)
  }
  yield comment({ tables: sums })
}

async function requireRows(client: pg.Client, table: string, rows: number) {
  const counted = await countRows(client, table)
  if (counted !== rows)
    throw new Error(`The backup of ${table} has ${rows} of its ${counted} rows: nothing is kept of it.`)
}

async function requireSame(written: Sum[], { sums: read }: { sums: Sum[] }) {
  for (const [n, { table, sha256 }] of written.entries()) {
    if (read[n]?.sha256 !== sha256)
      throw new Error(`${table} cannot be read back as it was written: nothing is kept of it.`)
  }
}
