import { createHash } from 'node:crypto'
import { z } from 'zod'

// A backup is a script for psql: COPY statements with their rows, and two comments in JSON. The first says what the backup
// is, the last how many rows each table has and their SHA-256. So people can read it, and psql can load it without us.

export const Head = z.object({
  format: z.literal('project-keys-backup'),
  version: z.literal(1),
  created: z.string(),
  migrations: z.array(z.string()),
})
export type Head = z.output<typeof Head>

export const Sum = z.object({ table: z.string(), rows: z.int(), sha256: z.string() })
export type Sum = z.output<typeof Sum>
export const Sums = z.object({ tables: z.array(Sum) })

const Columns = z.object({ table: z.string(), columns: z.array(z.string()) })

const NEWLINE = 0x0a
const END = Buffer.from('\\.\n')
const NEXT_END = Buffer.from('\n\\.\n')

export const comment = (value: unknown) => `-- ${JSON.stringify(value)}\n`
/** Each row ends with a newline, and a newline in a value is written as `\n`, so `\.` alone is never a row. */
export const copyHead = (table: z.output<typeof Columns>, copy: string) => `${comment(table)}${copy};\n`
export const COPY_END = END.toString()

/** Counts the rows of a table and sums their bytes. */
export function createSum(table: string) {
  const hash = createHash('sha256')
  let rows = 0
  const add = (bytes: Buffer) => {
    hash.update(bytes)
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) rows += 1
  }
  return { add, done: (): Sum => ({ table, rows, sha256: hash.digest('hex') }) }
}

export type Part =
  | { kind: 'comment'; value: unknown }
  | { kind: 'rows'; bytes: Buffer }
  /** The rows of the table are complete. */
  | { kind: 'end' }

/** Reads a backup. @throws an Error if a line is neither a comment nor a COPY, or if it ends within a table */
export async function* readParts(bytes: AsyncIterable<Buffer>): AsyncGenerator<Part> {
  let rest: Buffer = Buffer.alloc(0)
  let state: State = 'lines'
  for await (const chunk of bytes) {
    rest = Buffer.concat([rest, chunk])
    for (let step = next(rest, state); step; step = next(rest, state)) {
      rest = rest.subarray(step.length)
      state = step.state
      if (step.part) yield step.part
      if (step.part?.kind === 'rows' && state === 'lines') yield { kind: 'end' }
    }
  }
  if (state !== 'lines' || rest.length > 0) throw new Error('it is cut')
}

/** What comes: a line, the first row of a table, or more of its rows. */
type State = 'lines' | 'first row' | 'rows'
type Step = { part: Part | null; length: number; state: State }

/** The next step through the bytes; null if it needs more of them. */
function next(rest: Buffer, state: State): Step | null {
  if (state === 'lines') return nextLine(rest)
  if (state === 'first row') {
    if (rest.length < END.length) return null
    const isEmpty = rest.subarray(0, END.length).equals(END)
    if (isEmpty) return { part: { kind: 'end' }, length: END.length, state: 'lines' }
  }
  return nextRows(rest)
}

function nextLine(rest: Buffer): Step | null {
  const end = rest.indexOf(NEWLINE)
  if (end < 0) return null
  const line = rest.toString('utf8', 0, end)
  const length = end + 1
  if (line.startsWith('COPY ')) return { part: null, length, state: 'first row' }
  if (!line.startsWith('-- ')) throw new Error('it has a line that no backup has')
  return { part: { kind: 'comment', value: JSON.parse(line.slice('-- '.length)) }, length, state: 'lines' }
}

function nextRows(rest: Buffer): Step | null {
  const end = rest.indexOf(NEXT_END)
  if (end >= 0) {
    return { part: { kind: 'rows', bytes: rest.subarray(0, end + 1) }, length: end + NEXT_END.length, state: 'lines' }
  }
  // The end may have begun in the last bytes.
  const safe = rest.length - NEXT_END.length + 1
  return safe > 0 ? { part: { kind: 'rows', bytes: rest.subarray(0, safe) }, length: safe, state: 'rows' } : null
}

export const readColumns = (value: unknown) => Columns.safeParse(value).data ?? null
