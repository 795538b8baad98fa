import { linkAfter } from '../audit/chain.ts'
import type { Links, Part } from './lines.ts'

/** An event with its links, as they stand in a file. The content of a line of its own is null where there is none. */
export type Row = {
  /** The number of the line in the file. */
  line: number
  event: { number: number | null; hash: Buffer; dropped: boolean } | null
  links: Links | null
}

/** Puts the lines of events and links together. Each function returns a row when it is whole. */
export function rowsOf() {
  let open: Row | null = null
  const close = (): Row[] => {
    const rows = open ? [open] : []
    open = null
    return rows
  }
  const add = (line: number, part: Extract<Part, { kind: 'event' | 'links' }>): Row[] => {
    if (part.kind === 'event') {
      const rows = close()
      open = { line, event: part, links: null }
      return rows
    }
    const row: Row = open ? { ...open, links: part } : { line, event: null, links: part }
    open = null
    return [row]
  }
  return { add, close }
}

/** The end of a chain so far. */
export type Tip = { number: number; link: string; line: number }

/** Whether a row goes on from there, in all of its parts. */
export const follows = ({ number, link }: Tip, { event, links }: Row): boolean =>
  event?.number === number + 1 &&
  links?.number === number + 1 &&
  links.before === link &&
  links.link === linkOf(link, event.hash)

export const linkOf = (before: string, hash: Buffer): string =>
  linkAfter(Buffer.from(before, 'hex'), hash).toString('hex')
