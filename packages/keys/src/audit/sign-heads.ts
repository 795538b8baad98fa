import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { timeOf } from '../database/times.ts'
import { chainName } from './chain.ts'
import type { Signer } from './signing.ts'

/** In ms: the least between two heads of a chain by one key. */
const HEAD_EVERY = 60_000
/** The most heads that one call signs. */
const BATCH = 500

/** The last event of a chain. `link` in hex. */
export type ChainEnd = { chain: string; number: number; link: string }

/** The text of a head, which is signed as it is. */
export const headText = ({ chain, number, link }: ChainEnd, { signer, now }: { signer: Signer; now: Date }) =>
  JSON.stringify({ chain: chainName(chain), number, link, time: timeOf(now), key: signer.key })

const Due = z.object({
  chain: z.string(),
  number: z.int(),
  link: z.string(),
  /** The last head by another key, where this key has none. */
  foreign_text: z.string().nullable(),
  foreign_number: z.int().nullable(),
  /** Whether the last head by this key is still that of the chain. */
  intact: z.boolean(),
})

/**
 * Signs the head of each chain that changed since its last head, at most once a minute. A new key first signs the last head
 * of the old one as it was, and so vouches for it. A chain that differs from its last head was changed afterwards: it is not
 * signed but returned as broken.
 */
export async function signHeads(db: Database, { signer, now }: { signer: Signer; now: Date }) {
  const before = new Date(now.getTime() - HEAD_EVERY)
  const due = z.array(Due).parse(
    await db.prisma.$queryRaw`WITH RECURSIVE chains AS (
        (SELECT chain FROM audit_events ORDER BY chain LIMIT 1)
        UNION ALL
        SELECT (SELECT chain FROM audit_events e WHERE e.chain > c.chain ORDER BY chain LIMIT 1)
        FROM chains c WHERE c.chain IS NOT NULL
      )
      SELECT c.chain, last.number::float8 AS number, encode(last.link, 'hex') AS link, foreign_head.text AS foreign_text,
        foreign_head.number::float8 AS foreign_number,
        own.number IS NULL OR coalesce(encode(kept.link, 'hex') = own.text::json->>'link', false) AS intact
      FROM chains c
      CROSS JOIN LATERAL (
        SELECT number, link FROM audit_events WHERE chain = c.chain ORDER BY number DESC LIMIT 1
      ) last
      LEFT JOIN audit_heads own ON own.chain = c.chain AND own.key = ${signer.key}
      LEFT JOIN audit_events kept ON kept.chain = c.chain AND kept.number = own.number
      LEFT JOIN LATERAL (
        SELECT text, number FROM audit_heads WHERE chain = c.chain AND own.key IS NULL ORDER BY number DESC, made DESC LIMIT 1
      ) foreign_head ON true
      WHERE own.key IS NULL OR own.number <> last.number AND own.made <= ${before}
      LIMIT ${BATCH}`,
  )
  const intact = due.filter((each) => each.intact)
  for (const { chain, number, link, foreign_text, foreign_number } of intact) {
    const text = foreign_text ?? headText({ chain, number, link }, { signer, now })
    await db.prisma.$executeRaw`INSERT INTO audit_heads AS h (chain, key, number, text, signature, made)
      VALUES (${chain}::uuid, ${signer.key}, ${foreign_number ?? number}, ${text}, ${signer.sign(text)}, ${now})
      ON CONFLICT (chain, key) DO UPDATE
      SET number = excluded.number, text = excluded.text, signature = excluded.signature, made = excluded.made
      WHERE h.number < excluded.number AND h.made <= ${before}`
  }
  return { signed: intact.length, broken: due.filter((each) => !each.intact).map(({ chain }) => chain) }
}
