import { z } from 'zod'
import type { Database } from './client.ts'

/** How every list is asked for: `page` from 1 on (0 is 1), both ways, by `name`, exactly or by a part. */
export type PageRequest = {
  page: number
  per_page: number
  direction: 'asc' | 'desc'
  name?: string | undefined
  search?: string | undefined
}

/** How many items stand before a page: exact up to 2^40, where 32 bits would wrap. */
export const offset = ({ page, per_page }: PageRequest): number => (Math.max(page, 1) - 1) * per_page

/** Collects values and returns the parameters that stand for them, such as `$3::text`. */
export type Put = (value: unknown) => string
export const putInto =
  (values: unknown[]): Put =>
  (value) =>
    `$${values.push(value)}::text`

/** A text in which a search finds in any letter case; ICU knows that É is é. */
export const folded = (...columns: string[]) =>
  `lower(concat_ws(E'\\n', ${columns.join(', ')}) COLLATE "und-x-icu") COLLATE "C"`

/** Whether a text that is folded already holds what is searched. Names have no control characters, so none is found. */
export function holds(text: string, search: string, put: Put): string {
  if (/\p{Cc}/u.test(search)) return 'false'
  return `${text} LIKE ('%' || lower(${put(patternOf(search))} COLLATE "und-x-icu") || '%') COLLATE "C"`
}

/** `%`, `_` and a backslash are ordinary, but a backslash before one of the two is followed by anything, as in Bencher. */
const patternOf = (search: string) =>
  search.replace(/\\([%_])|[\\%_]/g, (letters, wildcard) => (wildcard ? `\\\\${wildcard}` : `\\${letters}`))

const COUNT = 'SELECT count(*)::int AS total FROM matching'

type PageText = {
  /** What comes first, as `name AS (…),`. */
  first?: string
  /** A SELECT of all that match, with a `uuid`. */
  matching: string
  /** A SELECT of one row with the `total`; counted unless given. */
  total?: string
  /** False where `total` knows without counting: only the page's rows are then read. */
  counted?: boolean
  /** The columns that sort. */
  order: string[]
  direction: 'asc' | 'desc'
  /** More columns, looked up for the rows of the `page` alone. */
  also?: string | undefined
}

/**
 * The text of a page with its total, which never disagree since they are one statement; a page past the end still has
 * its total, and costs nothing. `$1` is how many are on a page, `$2` how many stand before it.
 */
export function pageText({
  first = '',
  matching,
  total = COUNT,
  counted = true,
  order,
  direction,
  also,
}: PageText): string {
  const by = (from: string) => order.map((column) => `${from}.${column} ${direction}`).join(', ')
  return `WITH ${first} matching AS ${counted ? '' : 'NOT '}MATERIALIZED (${matching}),
    totals AS MATERIALIZED (${total}),
    page AS (
      SELECT * FROM matching WHERE (SELECT total FROM totals) > $2::bigint ORDER BY ${by('matching')}
      LIMIT $1::int OFFSET $2::bigint
    )
    SELECT totals.*, page.*${also ? `, ${also}` : ''} FROM totals LEFT JOIN page ON true
    ORDER BY ${by('page')}`
}

const Total = z.object({ total: z.int() })
const Item = z.object({ uuid: z.string() })
const isItem = (row: unknown) => Item.safeParse(row).success

/** Reads what a text by `pageText` gave: there is always one row, which without an item has the totals alone. */
export function readPage<Row extends z.ZodType>(rows: unknown[], row: Row) {
  return { total: Total.parse(rows[0]).total, items: z.array(row).parse(rows.filter(isItem)) }
}

type List<Row> = {
  row: Row
  /** A SELECT … WHERE … to which the filters are added, with a `uuid` and a `name`. */
  select: (put: Put) => string
  /** The columns that a name is, and that a search looks at. */
  name: string
  searched: string[]
  /** The columns that sort: the name unless given. */
  order?: string[]
}

/** A page of any list: by name in the byte order of UTF-8 unless it says otherwise, then by UUID. */
export async function listPage<Row extends z.ZodType>(db: Database, list: List<Row>, request: PageRequest) {
  const values: unknown[] = [request.per_page, offset(request)]
  const put = putInto(values)
  const filters = [
    list.select(put),
    request.name === undefined ? null : `${list.name} = ${put(request.name)}`,
    request.search ? holds(folded(...list.searched), request.search, put) : null,
  ]
  const matching = filters.filter((part) => part !== null).join(' AND ')
  const text = pageText({ matching, order: [...(list.order ?? ['name']), 'uuid'], direction: request.direction })
  return readPage((await db.pool.query({ text, values })).rows, list.row)
}
