import { createHash } from 'node:crypto'

/** In ms. Counts are at most this old, and kept for this many times as long as it took to count. */
const OLDEST = 60_000
const KEPT_TIMES = 100
const MOST_KEPT = 1000
type Kept<Counted> = { counts: Promise<Counted>; until: number }

/**
 * Keeps what was counted in the same projects, for everyone who may manage them. Counts that took long are kept for a while,
 * so that a database spends at most a hundredth of its time on each of them.
 */
export function keeping<Counted>() {
  const ofPools = new WeakMap<object, Map<string, Kept<Counted>>>()

  return (pool: object, projects: string[], count: () => Promise<Counted>): Promise<Counted> => {
    const kept = ofPools.get(pool) ?? new Map<string, Kept<Counted>>()
    ofPools.set(pool, kept)
    const name = createHash('sha256').update(projects.join()).digest('base64')
    const began = performance.now()
    const known = kept.get(name)
    if (known && began < known.until) return known.counts
    const counts = count()
    const entry = { counts, until: Number.POSITIVE_INFINITY }
    kept.set(name, entry)
    counts.then(
      () => {
        const took = performance.now() - began
        entry.until = performance.now() + Math.min(OLDEST, took * KEPT_TIMES)
      },
      () => kept.delete(name),
    )
    const [oldest] = kept.keys()
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
    return counts
  }
}
