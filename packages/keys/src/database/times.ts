import pg from 'pg'

const { TIMESTAMPTZ } = pg.types.builtins

/** The length of `2026-05-02 12:00:00+00`. */
const PLAIN = 22

/** In ms: the times that a response can hold. */
const EARLIEST = Date.parse('0001-01-01T00:00:00Z')
const LATEST = Date.parse('9999-12-31T23:59:59Z')

/** A time as every response has it: RFC 3339, in UTC and whole seconds. */
export const timeOf = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z')

/**
 * The same from PostgreSQL's text. A time in UTC and whole seconds, as we store them all, is cut out of it, because to make
 * a Date of each and a text of that again was a third of a list of 255.
 */
function fromText(text: string): string {
  if (text.length === PLAIN && text.endsWith('+00')) return `${text.slice(0, 10)}T${text.slice(11, 19)}Z`
  const ms = Number(pg.types.getTypeParser(TIMESTAMPTZ)(text))
  // A constraint refuses times that no response can hold, but one such row must not hide the others of its list.
  return timeOf(new Date(Math.min(Math.max(ms, EARLIEST), LATEST)))
}

/** For the connections of hot reads and of lists: times come as the text that leaves. Prisma has types of its own. */
export const TIMES_AS_TEXT = new pg.TypeOverrides()
TIMES_AS_TEXT.setTypeParser(TIMESTAMPTZ, fromText)

/** A row of these connections. */
export type Read<Row> = {
  [Column in keyof Row]: Date extends Row[Column] ? Exclude<Row[Column], Date> | string : Row[Column]
}
