import { linkOf, type Row, type Tip } from './rows.ts'

/**
 * How the event of a number stands in a file. `moved`: its links are at another place than its line. `relinked`: it has links
 * that fit it, but no event after it.
 */
export type Standing = 'whole' | 'moved' | 'changed' | 'relinked' | 'links changed' | 'missing'
export type Proven = { number: number; standing: Standing; row: Row | null; link: string | null }

/**
 * Proves rows from the last one backwards: a link that is known proves the line and the link before that give it, because
 * SHA-256 has no known collisions. So each event is judged by itself, wherever it stands. Linear in the number of rows.
 */
export function proveBackwards(
  rows: Row[],
  { first, last }: { first: Tip; last: { number: number; link: string | null } },
) {
  const index = indexOf(rows)
  const used = new Set<Row>()
  const proven: Proven[] = []
  let link = last.link
  let above = Number.POSITIVE_INFINITY
  for (let number = last.number; number > first.number; number--) {
    const atFirst = number - 1 === first.number
    const found = prove({ number, link, index, used, firstLink: atFirst ? first.link : null, above })
    if (found.row) used.add(found.row)
    above = found.row?.line ?? above
    for (const row of found.carriers) used.add(row)
    proven.push({ number, standing: found.standing, row: found.row, link: found.link })
    link = found.before
  }
  const reachesFirst = link === null || link === first.link
  return { proven: proven.reverse(), reachesFirst, unused: rows.filter((row) => !used.has(row)) }
}

type Index = ReturnType<typeof indexOf>
type Place = {
  number: number
  link: string | null
  index: Index
  used: Set<Row>
  firstLink: string | null
  above: number
}

type Found = { standing: Standing; row: Row | null; link: string | null; before: string | null; carriers: Row[] }

function prove({ number, link: known, index, used, firstLink, above }: Place): Found {
  const numbered = index.byNumber.get(number) ?? []
  const link = known ?? numbered.map(({ links, event }) => (links && event ? links.link : null)).find(Boolean) ?? null
  const carriers = link === null ? [] : (index.byLink.get(link) ?? [])
  // Of copies, the one that stands before the next event is its own.
  const rank = ({ line, links }: Row) => (links?.link === link ? 1 : 0) * 2 + (line < above ? 1 : 0)
  const all = [...new Set([...carriers, ...numbered])].filter((row) => !used.has(row))
  const free = all.sort((a, b) => rank(b) - rank(a) || b.line - a.line)
  const below = (index.byNumber.get(number - 1) ?? []).flatMap(({ links }) => links?.link ?? [])
  const befores = [...free.flatMap(({ links }) => links?.before ?? []), ...below, ...(firstLink ? [firstLink] : [])]
  for (const row of free) {
    const { event } = row
    const before = link !== null && event && befores.find((each) => linkOf(each, event.hash) === link)
    if (link !== null && before) return { row, link, before, ...standingOf(row, { number, link, before, carriers }) }
  }
  const changed = free.find(({ event, links }) => event && links?.link === link) ?? free.find(({ event }) => event)
  const orphans = carriers.filter(({ event }) => event === null)
  const told = carriers.flatMap(({ links }) => links?.before ?? [])
  const before =
    told.find((each) => index.byLink.has(each) || each === firstLink) ?? firstLink ?? below[0] ?? told[0] ?? null
  const standing = changed ? (fitsItself(changed) ? 'relinked' : 'changed') : 'missing'
  return { row: changed ?? null, link, before, standing, carriers: orphans }
}

const fitsItself = ({ event, links }: Row) =>
  event !== null && links !== null && linkOf(links.before, event.hash) === links.link

type At = { number: number; link: string; before: string; carriers: Row[] }

/** The event is proven; its links and numbers may still be wrong. */
function standingOf({ event, links }: Row, { number, link, before, carriers }: At) {
  const orphans = carriers.filter((row) => row.event === null)
  const isWhole = links?.number === number && links.link === link && links.before === before
  if (isWhole) return { standing: event?.number === number ? ('whole' as const) : ('changed' as const), carriers: [] }
  const isElsewhere = carriers.some((row) => row.links?.before === before && row.links.number === number)
  return { standing: isElsewhere ? ('moved' as const) : ('links changed' as const), carriers: orphans }
}

function indexOf(rows: Row[]) {
  const byNumber = new Map<number, Row[]>()
  const byLink = new Map<string, Row[]>()
  for (const row of rows) {
    for (const number of new Set([row.event?.number, row.links?.number])) add(byNumber, number, row)
    add(byLink, row.links?.link, row)
  }
  return { byNumber, byLink }
}

function add<Key>(map: Map<Key, Row[]>, key: Key | null | undefined, row: Row) {
  if (key === null || key === undefined) return
  const rows = map.get(key)
  if (rows) rows.push(row)
  else map.set(key, [row])
}
