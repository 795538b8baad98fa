import { createSum, Head, type Part, readColumns, readParts, type Sum, Sums } from './format.ts'

export type Examined = { head: Head; sums: Sum[] }

/** Takes the rows of one table after the other. */
type Sink = {
  table: (table: string, columns: string[]) => Promise<void>
  rows: (bytes: Buffer) => Promise<void>
  end: () => Promise<void>
}
const NOWHERE: Sink = { table: async () => {}, rows: async () => {}, end: async () => {} }

/**
 * Reads all of a backup, and gives its rows to `sink`.
 * @throws an Error for people if it is no backup, cut or damaged, or if a table has other rows than the backup says
 */
export async function examineBackup(bytes: AsyncIterable<Buffer>, sink: Sink = NOWHERE): Promise<Examined> {
  try {
    return await examine(readParts(bytes), sink)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`This is no backup of Project Keys, or it is damaged (${reason}).`, { cause })
  }
}

async function examine(parts: AsyncGenerator<Part>, sink: Sink): Promise<Examined> {
  const first = await parts.next()
  const head = Head.parse(first.done || first.value.kind !== 'comment' ? null : first.value.value)
  const sums: Sum[] = []
  let sum: ReturnType<typeof createSum> | null = null
  let told: Sum[] | null = null
  for await (const part of parts) {
    if (part.kind === 'comment') {
      const table = readColumns(part.value)
      if (table) {
        sum = createSum(table.table)
        await sink.table(table.table, table.columns)
      } else told = Sums.parse(part.value).tables
    } else if (part.kind === 'rows') {
      sum?.add(part.bytes)
      await sink.rows(part.bytes)
    } else if (sum) {
      sums.push(sum.done())
      sum = null
      await sink.end()
    }
  }
  if (!told) throw new Error('it is cut')
  requireAll(told, sums)
  return { head, sums }
}

function requireAll(told: Sum[], found: Sum[]) {
  for (const [n, { table, rows, sha256 }] of told.entries()) {
    const is = found[n]
    if (is?.table !== table) throw new Error(`the table ${table} is missing`)
    if (is.rows !== rows) throw new Error(`${table} has ${is.rows} rows and not ${rows}`)
    if (is.sha256 !== sha256) throw new Error(`the rows of ${table} have another checksum`)
  }
  if (found.length > told.length) throw new Error('it has a table too many')
}
