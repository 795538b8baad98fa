/** A PostgreSQL cluster (by its system identifier) and the timeline on which it writes: each promotion begins a new one. */
export type TimelineOf = { system: string; timeline: number }
export type Timelines = ReturnType<typeof createTimelines>

/**
 * The highest timeline of each cluster that was seen. A primary of a lower one is an old primary that lives on beside
 * the one that was promoted: it is no source of answers, as a replica is none, and must get no writes.
 */
export function createTimelines() {
  const highest = new Map<string, number>()

  /** Whether no higher timeline of the cluster was seen. */
  const isLatest = ({ system, timeline }: TimelineOf): boolean => timeline >= (highest.get(system) ?? 0)
  /** Notes the timeline of a primary. Returns whether no higher one was seen before. */
  const note = (seen: TimelineOf): boolean => {
    if (!isLatest(seen)) return false
    highest.set(seen.system, seen.timeline)
    return true
  }
  return { isLatest, note }
}

/** What all connections of this process saw, so that each of them knows of a promotion that another one noticed. */
export const processTimelines = createTimelines()
