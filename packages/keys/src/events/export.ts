import { z } from 'zod'
import { GENESIS } from '../audit/chain.ts'
import { headText } from '../audit/sign-heads.ts'
import type { Signer } from '../audit/signing.ts'
import { eventLines, headLine, startLine } from '../audit-exports/lines.ts'
import type { Database } from '../database/client.ts'

/** The most events of one page. */
const PAGE = 1000

/** Where a page ended, and the last event of the export, which is the last one when it began. */
export const Cursor = z.object({ number: z.int().min(0), last: z.int().min(0) })
export type Cursor = z.output<typeof Cursor>

const bytes = z.custom<Buffer>((value) => Buffer.isBuffer(value))
const Rows = z.array(
  z.object({ number: z.number(), line: z.string().nullable(), hash: bytes, link: bytes, before: bytes.nullable() }),
)
const Heads = z.array(z.object({ key: z.string(), text: z.string(), signature: bytes }))

type Options = { chain: string; cursor: Cursor | null; signer: Signer; now: Date }

/**
 * The next lines of an export, and the place to go on from; null after the last ones. It ends with a head of its last event,
 * so that events may be added meanwhile.
 */
export async function readExport(db: Pick<Database, 'pool'>, { chain, cursor, ...signing }: Options) {
  const { number: from, last } = cursor ?? { number: 0, last: await lastNumber(db, chain) }
  const to = Math.min(from + PAGE, last)
  const { rows } = await db.pool.query(EVENTS, [chain, from, to])
  const events = Rows.parse(rows).map((row) => eventLines(row, row.before ?? GENESIS))
  const lines = [...(cursor === null ? [startLine(chain)] : []), ...events]
  if (to < last) return { text: lines.join(''), next: { number: to, last } }
  return { text: [...lines, ...(await headLines(db, { chain, last, ...signing }))].join(''), next: null }
}

const EVENTS = `SELECT e.number::float8, e.line, e.hash, e.link, before.link AS before
  FROM audit_events e LEFT JOIN audit_events before ON before.chain = e.chain AND before.number = e.number - 1
  WHERE e.chain = $1::uuid AND e.number > $2::bigint AND e.number <= $3::bigint ORDER BY e.number`

async function lastNumber({ pool }: Pick<Database, 'pool'>, chain: string): Promise<number> {
  const text = 'SELECT number::float8 FROM audit_events WHERE chain = $1::uuid ORDER BY number DESC LIMIT 1'
  const { rows } = await pool.query(text, [chain])
  return z.array(z.object({ number: z.number() })).parse(rows)[0]?.number ?? 0
}

type Signing = { chain: string; last: number; signer: Signer; now: Date }

/** The last heads by other keys, and then one of the last event. */
async function headLines({ pool }: Pick<Database, 'pool'>, { chain, last, signer, now }: Signing): Promise<string[]> {
  const others = `SELECT key, text, signature FROM audit_heads WHERE chain = $1::uuid AND key <> $2 AND number <= $3::bigint
    ORDER BY number`
  const heads = Heads.parse((await pool.query(others, [chain, signer.key, last])).rows)
  const { rows } = await pool.query('SELECT link FROM audit_events WHERE chain = $1::uuid AND number = $2::bigint', [
    chain,
    last,
  ])
  const link = z.array(z.object({ link: bytes })).parse(rows)[0]?.link ?? GENESIS
  const text = headText({ chain, number: last, link: link.toString('hex') }, { signer, now })
  return [...heads, { key: signer.key, text, signature: signer.sign(text) }].map(headLine)
}
