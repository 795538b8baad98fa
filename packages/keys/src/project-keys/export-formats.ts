import { stringify } from 'csv-stringify/sync'
import { type CardRow, onWire } from './columns.ts'

// What an export says of a key: what REST says, and what the console's list shows beside it. Never the key itself.

export const FORMATS = ['csv', 'ndjson'] as const
export type Format = (typeof FORMATS)[number]

/** The columns of a CSV file. */
const COLUMNS = [
  ...['uuid', 'name', 'last_four', 'creation', 'expiration', 'revoked', 'creator', 'creator_name', 'last_used'],
  ...['description', 'scopes', 'allowed_networks', 'external_id', 'metadata', 'rate_limit', 'self_rotation'],
]

const exported = (row: CardRow) => ({
  ...onWire(row),
  last_four: row.last_four,
  ...(row.creator_name !== null && { creator_name: row.creator_name }),
  ...(row.last_used !== null && { last_used: row.last_used }),
})

/** The lines of some keys; `isFirst`: with a head if the format has one. */
export function formatKeys(format: Format, rows: CardRow[], isFirst: boolean): string {
  if (format === 'ndjson') return rows.map((row) => `${JSON.stringify(exported(row))}\n`).join('')
  return stringify(rows.map(cells), {
    columns: COLUMNS,
    header: isFirst,
    quoted: true,
    quoted_empty: true,
    record_delimiter: 'windows',
    // A spreadsheet runs a cell that begins with =, +, - or @.
    escape_formulas: true,
  })
}

/** Lists are separated by blanks, which neither a scope nor a network has. */
function cells(row: CardRow) {
  const { scopes, allowed_networks, metadata, rate_limit, self_rotation, ...rest } = exported(row)
  return {
    ...rest,
    scopes: scopes?.join(' '),
    allowed_networks: allowed_networks?.join(' '),
    metadata: metadata && JSON.stringify(metadata),
    rate_limit: rate_limit && `${rate_limit.requests}/${rate_limit.seconds}s`,
    self_rotation: self_rotation ? 'true' : undefined,
  }
}
