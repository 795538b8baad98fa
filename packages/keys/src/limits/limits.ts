import { z } from 'zod'
import type { Database } from '../database/client.ts'

/**
 * The limits: sign-ups and sign-ins by client address, invalid credentials by client address, new keys by user, mails to
 * others by the user who causes them, and mails by recipient.
 */
export const LIMITED = ['sign_in', 'authentication', 'keys', 'mails', 'recipients'] as const
export type Limited = (typeof LIMITED)[number]

/** `count` times in `span` seconds. */
export type Limit = { count: number; span: number }
export type Limits = {
  /** Counts an attempt. Null if it is within the limit; else the seconds until the next try. */
  take: (what: Limited, who: string, now: Date) => number | null
  /** Adds this process's counts to the database and reads those of all processes. */
  merge: (now: Date) => Promise<void>
}

export const NO_LIMITS: Limits = { take: () => null, merge: async () => {} }

/** `added`: by this process since the last merge; `known`: by all processes at the last merge. */
type Count = { bucket: string; ends: number; added: number; known: number }

/** At most so many buckets stay in memory. The oldest are dropped from memory, never from the database. */
const MOST_BUCKETS = 100_000

/**
 * Counts in memory and merges once a second, so that an attempt costs no write and processes share the counts. In return,
 * a limit may be exceeded by the attempts of one second.
 */
export function createLimits(db: Database, limits: Record<Limited, Limit>): Limits {
  const counts = new Map<string, Count>()

  const take: Limits['take'] = (what, who, now) => {
    const { count: most, span } = limits[what]
    const seconds = now.getTime() / 1000
    const ends = (Math.floor(seconds / span) + 1) * span
    const bucket = `${what} ${who}`
    const key = `${bucket} ${ends}`
    const count = counts.get(key) ?? { bucket, ends, added: 0, known: 0 }
    counts.set(key, count)
    if (counts.size > MOST_BUCKETS) dropOldest(counts)
    if (count.known + count.added >= most) return Math.max(1, Math.ceil(ends - seconds))
    count.added += 1
    return null
  }

  const merge: Limits['merge'] = async (now) => {
    for (const [key, { ends }] of counts) if (ends <= now.getTime() / 1000) counts.delete(key)
    const fresh = [...counts.values()].filter(({ added }) => added > 0).map((count) => ({ count, added: count.added }))
    if (fresh.length === 0) return
    const rows = await add(db, fresh)
    for (const { count, added } of fresh) {
      count.added -= added
      count.known = rows.get(`${count.bucket} ${count.ends}`) ?? count.known + added
    }
  }

  return { take, merge }
}

function dropOldest(counts: Map<string, Count>) {
  const [oldest] = counts.keys()
  if (oldest !== undefined) counts.delete(oldest)
}

const Row = z.object({ bucket: z.string(), ends: z.date(), count: z.int() })

/** One statement for all buckets, in one order, so that processes that merge at the same time do not deadlock. */
async function add(db: Database, fresh: { count: Count; added: number }[]): Promise<Map<string, number>> {
  const buckets = fresh.map(({ count }) => count.bucket)
  const ends = fresh.map(({ count }) => new Date(count.ends * 1000))
  const added = fresh.map(({ added }) => added)
  const rows = await db.prisma.$queryRaw`INSERT INTO rate_counts AS c (bucket, ends, count)
    SELECT * FROM unnest(${buckets}::text[], ${ends}::timestamptz[], ${added}::int[]) ORDER BY 1, 2
    ON CONFLICT (bucket, ends) DO UPDATE SET count = c.count + excluded.count RETURNING bucket, ends, count`
  return new Map(
    z
      .array(Row)
      .parse(rows)
      .map(({ bucket, ends, count }) => [`${bucket} ${ends.getTime() / 1000}`, count]),
  )
}
