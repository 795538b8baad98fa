import type { PublicKey } from '../audit/signing.ts'
import { areMissing, describe, type Fault } from './faults.ts'
import { type File, linkIn, readFile } from './file.ts'
import type { Head } from './heads.ts'
import { type Proven, proveBackwards } from './proof.ts'
import type { Row, Tip } from './rows.ts'

export type Verdict = {
  events: number
  /** Those whose content was dropped. */
  dropped: number
  /** The head that proves the file; null if there is none. */
  head: Head | null
  faults: Fault[]
  notes: string[]
}
type Options = { keys: PublicKey[]; olderHeads?: Head[] }

/** Verifies the lines of an export with nothing but public keys. */
export async function verifyExport(lines: AsyncIterable<Buffer>, { keys, olderHeads = [] }: Options): Promise<Verdict> {
  const file = await readFile(lines, keys)
  const head = file.heads.filter(({ trusted }) => trusted).reduce<Head | null>(later, null)
  const { proven, faults } = judge(file, head)
  const linkAt = (number: number) => proven.find((each) => each.number === number)?.link ?? linkIn(file, number)
  const last = head?.number ?? Math.max(file.tip.number, file.before.number + proven.length)
  const others = [...file.heads.filter((each) => each !== head), ...olderHeads]
  return {
    events: proven.length > 0 ? file.before.number + proven.filter(({ row }) => row).length : file.tip.number,
    dropped: file.dropped,
    head,
    faults: [
      ...startFaults(file, head),
      ...faults,
      ...headFaults(file.heads, keys, head),
      ...file.afterHead.slice(0, 1).map((line) => ({ line, text: 'there are lines after the head' })),
      ...others.flatMap((each) => forkFault(each, { linkAt, last, isOlder: olderHeads.includes(each), head })),
    ],
    notes: file.heads.flatMap((each) => (head && each.trusted === null ? [unchecked(each)] : [])),
  }
}

const later = (a: Head | null, b: Head) => (a && a.number > b.number ? a : b)

/** The faults of the events. Without a head that is good, the last row is taken for the end. */
function judge(file: File, head: Head | null): { proven: Proven[]; faults: Fault[] } {
  const { tip, rest } = file
  if (head && head.number <= tip.number && rest.length === 0) return { proven: [], faults: beyond(file, head) }
  const last = head && head.number > tip.number ? head : lastOf(rest, tip)
  // The last row that follows is judged, too, because an event that was added may follow as well as the next one.
  const { before: first } = file
  const rows = file.last ? [file.last, ...rest] : rest
  const { proven, reachesFirst, unused } = proveBackwards(rows, { first, last })
  const broken = { line: first.line, text: `event ${first.number} was changed together with its links` }
  return { proven, faults: [...(reachesFirst ? [] : [broken]), ...describe(proven, unused), ...beyond(file, head)] }
}

/** A number beyond all that the rows can have is a changed one. */
const lastOf = (rows: Row[], tip: Tip): { number: number; link: string | null } =>
  rows.reduce<{ number: number; link: string | null }>(
    (last, { event, links }) =>
      event && links && links.number > last.number && links.number <= tip.number + 2 * rows.length + 1000
        ? { number: links.number, link: links.link }
        : last,
    tip,
  )

/** Events that follow the last one and that no head covers, and a chain that another head ends. */
function beyond(file: File, head: Head | null): Fault[] {
  if (!head || head.number > file.tip.number) return []
  const isOther = linkIn(file, head.number) !== head.link
  if (isOther)
    return [{ line: head.line, text: `event ${head.number}, or one before it, was changed with all links after it` }]
  if (head.number === file.tip.number) return []
  return [
    { line: file.tip.line, text: `the head ends at event ${head.number}, but the file goes on to ${file.tip.number}` },
  ]
}

function startFaults({ chain }: File, head: Head | null): Fault[] {
  if (chain === null) return [{ line: 1, text: 'the first line, which names the chain, was changed or is missing' }]
  if (!head || head.chain === chain) return []
  return [{ line: 1, text: `the first line names the chain ${chain}, but the head is of ${head.chain}` }]
}

function headFaults(heads: Head[], keys: PublicKey[], head: Head | null): Fault[] {
  const given = keys.map(({ key }) => key).join(', ')
  const wrong = heads.flatMap(({ line, key, trusted }, n): Fault[] => {
    if (heads.findIndex((each) => each.key === key) < n)
      return [{ line, text: `a second head by the key ${key} was added` }]
    if (trusted === false) return [{ line, text: `the signature is not that of the key ${key}` }]
    return trusted === null && !head ? [{ line, text: `the key ${key} is unknown: the one given is ${given}` }] : []
  })
  if (heads.length > 0) return wrong
  return [{ line: null, text: 'the signed head is missing, so events may be missing at the end' }]
}

type Fork = { linkAt: (number: number) => string | null; last: number; isOlder: boolean; head: Head | null }

/** The faults that another head shows. */
function forkFault({ number, link, time, line, chain, trusted }: Head, { linkAt, last, isOlder, head }: Fork): Fault[] {
  if (trusted === false) return []
  const place = isOlder ? null : line
  if (head && chain !== head.chain) return [{ line: place, text: `the head of ${time} is of another chain, ${chain}` }]
  if (number > last) return [{ line: place, text: `${areMissing(last + 1, number)}, which the head of ${time} covers` }]
  const kept = linkAt(number)
  if (kept === null || kept === link) return []
  return [{ line: place, text: `event ${number}, or one before it, was changed after the head of ${time}` }]
}

const unchecked = ({ line, key, number }: Head) =>
  `Line ${line} has a head of event ${number} by the key ${key}: give its public key, too, to check its signature.`
