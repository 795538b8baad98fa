import type { Proven } from './proof.ts'
import type { Row } from './rows.ts'

/** A fault of a file. `line`: of the file; null for what is not in it. */
export type Fault = { line: number | null; text: string }

/** The faults of the events of a file, in their order, and then with the lines that are no events of the chain. */
export function describe(proven: Proven[], unused: Row[]): Fault[] {
  const misplaced = new Set(outOfOrder(proven))
  const faults = proven.flatMap((each): Fault[] => {
    if (each.standing === 'missing') return []
    const text = misplaced.has(each) ? MOVED(each) : TEXTS[each.standing](each)
    return text === null ? [] : [{ line: each.row?.line ?? null, text }]
  })
  return [...missing(proven), ...faults, ...unused.map(added)].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
}

const MOVED = ({ number }: Proven) => `event ${number} is in the wrong place`
const TEXTS: Record<Exclude<Proven['standing'], 'missing'>, (proven: Proven) => string | null> = {
  whole: () => null,
  moved: MOVED,
  changed: ({ number }) => `event ${number} was changed`,
  relinked: ({ number }) => `event ${number} was changed with its links, and events before it may have been`,
  'links changed': ({ number, row }) =>
    row?.links ? `the links of event ${number} were changed` : `the links of event ${number} are missing`,
}

const added = ({ line, event, links }: Row): Fault => {
  const number = event?.number ?? links?.number
  return { line, text: number === undefined ? 'a line was added' : `a line was added that says it is event ${number}` }
}

function missing(proven: Proven[]): Fault[] {
  const faults: Fault[] = []
  let first: number | null = null
  for (const [n, { standing, number }] of proven.entries()) {
    if (standing !== 'missing') continue
    first ??= number
    if (proven[n + 1]?.standing === 'missing') continue
    faults.push({ line: null, text: areMissing(first, number) })
    first = null
  }
  return faults
}

export const areMissing = (first: number, last: number) =>
  first === last ? `event ${first} is missing` : `events ${first} to ${last} are missing`

/** Of a swap both rows, and of a move the row that was moved. */
function outOfOrder(proven: Proven[]): Proven[] {
  const placed = proven.filter(({ row, standing }) => row !== null && standing !== 'moved')
  const sorted = placed.toSorted((a, b) => lineOf(a) - lineOf(b))
  const displaced = placed.filter((each, n) => sorted[n] !== each)
  const kept = ascending(placed.map(lineOf))
  const moved = placed.filter((_, n) => !kept.has(n))
  return displaced.length <= moved.length + 1 ? displaced : moved
}

const lineOf = ({ row }: Proven) => row?.line ?? 0

/** The places of a longest ascending sequence. */
function ascending(values: number[]): Set<number> {
  const before: (number | undefined)[] = []
  /** By length: the place at which the sequence of this length with the least end ends. */
  const ends: number[] = []
  const valueAt = (place: number | undefined) => (place === undefined ? 0 : (values[place] ?? 0))
  for (const [place, value] of values.entries()) {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (valueAt(ends[middle]) < value) low = middle + 1
      else high = middle
    }
    before[place] = ends[low - 1]
    ends[low] = place
  }
  const places = new Set<number>()
  for (let place = ends.at(-1); place !== undefined; place = before[place]) places.add(place)
  return places
}
