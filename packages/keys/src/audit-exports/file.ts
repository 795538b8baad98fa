import { GENESIS } from '../audit/chain.ts'
import type { PublicKey } from '../audit/signing.ts'
import { type Head, readHead } from './heads.ts'
import { readLine } from './lines.ts'
import { follows, type Row, rowsOf, type Tip } from './rows.ts'

const LINK_BYTES = GENESIS.length

/** Reads an export. It keeps the links alone while all is well, and the rows from the first one on that does not follow. */
export async function readFile(lines: AsyncIterable<Buffer>, keys: PublicKey[]) {
  const { add, close } = rowsOf()
  const file = {
    chain: null as string | null,
    /** The last row that follows, and the end of the chain before and after it. */
    last: null as Row | null,
    before: { number: 0, link: GENESIS.toString('hex'), line: 1 } satisfies Tip,
    tip: { number: 0, link: GENESIS.toString('hex'), line: 1 } satisfies Tip,
    /** The links of all rows up to the tip, one after the other. */
    links: Buffer.alloc(LINK_BYTES * 1024),
    /** The rows from the first one on that does not follow. */
    rest: [] as Row[],
    heads: [] as Head[],
    /** Lines that stand after a head and are none. */
    afterHead: [] as number[],
    dropped: 0,
  }
  const take = (rows: Row[]) => {
    for (const row of rows) {
      if (row.event?.dropped) file.dropped++
      if (file.rest.length > 0 || !follows(file.tip, row) || !row.links) file.rest.push(row)
      else {
        file.before = file.tip
        file.last = row
        file.tip = { number: row.links.number, link: row.links.link, line: row.line }
        file.links = written(file.links, file.tip)
      }
    }
  }
  let line = 0
  for await (const bytes of lines) {
    line++
    const part = readLine(bytes)
    if (file.heads.length > 0 && part.kind !== 'head') file.afterHead.push(line)
    if (part.kind === 'start' && line === 1) file.chain = part.chain
    else if (part.kind === 'head') {
      take(close())
      const head = readHead(part, { line, keys })
      if (head) file.heads.push(head)
      else file.rest.push(junk(line))
    } else take(part.kind === 'start' ? [...close(), junk(line)] : add(line, part))
  }
  take(close())
  return file
}
export type File = Awaited<ReturnType<typeof readFile>>

/** A line that belongs to no event. */
const junk = (line: number): Row => ({ line, event: null, links: null })

function written(links: Buffer<ArrayBuffer>, { number, link }: Tip) {
  const end = number * LINK_BYTES
  const room = end <= links.length ? links : Buffer.concat([links, Buffer.alloc(links.length)])
  room.write(link, end - LINK_BYTES, 'hex')
  return room
}

/** The link of an event before the first fault; null for others. */
export function linkIn({ links, tip }: File, number: number): string | null {
  if (number === 0) return GENESIS.toString('hex')
  return number <= tip.number ? links.toString('hex', (number - 1) * LINK_BYTES, number * LINK_BYTES) : null
}
