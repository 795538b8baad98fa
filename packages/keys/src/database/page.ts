const COUNT = 'SELECT count(*)::int AS total FROM matching'

type PageText = {
  /** Common table expressions to begin with, as `name AS (…),`. */
  first?: string
  /** A SELECT of all items that match, with a `uuid`. */
  matching: string
  /** A SELECT of one row with the `total`; a count by default. */
  total?: string
  /** False if `total` needs no count: PostgreSQL then reads only the page's rows. */
  counted?: boolean
  /** The columns to sort by. */
  order: string[]
  direction: 'asc' | 'desc'
  /** More columns, looked up only for the rows of the `page`. */
  lookups?: string | undefined
}

/**
 * The text of a page and its total, in one statement so that they never disagree. A page past the end still has its
 * total, and costs nothing. `$1` is the size of a page, `$2` the number of items before it.
 */
export function pageText(options: PageText): string {
  const { first = '', matching, total = COUNT, counted = true, order, direction, lookups } = options
  const orderOf = (table: string) => order.map((column) => `${table}.${column} ${direction}`).join(', ')
  return `WITH ${first} matching AS ${counted ? '' : 'NOT '}MATERIALIZED (${matching}),
    totals AS MATERIALIZED (${total}),
    page AS (
      SELECT * FROM matching WHERE (SELECT total FROM totals) > $2::bigint ORDER BY ${orderOf('matching')}
      LIMIT $1::int OFFSET $2::bigint
    )
    SELECT totals.*, page.*${lookups ? `, ${lookups}` : ''} FROM totals LEFT JOIN page ON true
    ORDER BY ${orderOf('page')}`
}

type Totals = { total: number }
type Item = { uuid: string }
type NoItem = { uuid: null }

/** A row of a `pageText`. There is always one, which without an item holds only the totals. */
export type PageRow<Row extends Item> = Totals & (Row | NoItem)

const isItem = <Row extends Item>(row: PageRow<Row>): row is Totals & Row => row.uuid !== null

export function readPage<Row extends Item>(rows: PageRow<Row>[]): { total: number; items: Row[] } {
  return { total: rows[0]?.total ?? 0, items: rows.filter((row) => isItem<Row>(row)) }
}
