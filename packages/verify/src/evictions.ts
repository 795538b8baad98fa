import type { CachedKey } from './verdict.ts'

/**
 * Keys and projects that this process changed itself, until the feed confirms them: a poll that left later was answered,
 * so that what was read before the change is not current any more. Each change made here begins a new `generation`; a
 * query that left in an earlier one may not know of a key that was created since, so it must not be cached as unknown.
 */
export function createEvictions() {
  const evicted = new Map<string, number>()
  let generation = 0

  const beginGeneration = () => {
    generation += 1
  }
  /** `uuid` is that of a key or a project. */
  const add = (uuid: string) => {
    beginGeneration()
    evicted.set(uuid, generation)
  }
  const has = ({ yes: { key } }: CachedKey): boolean =>
    evicted.size > 0 && (evicted.has(key.uuid) || evicted.has(key.project.uuid))
  /** The answer to a poll that left in this generation was applied: ends every eviction up to it, and returns them. */
  const confirm = (polledIn: number): Set<string> => {
    const confirmed = new Set([...evicted].flatMap(([uuid, addedIn]) => (addedIn <= polledIn ? uuid : [])))
    for (const uuid of confirmed) evicted.delete(uuid)
    return confirmed
  }
  return { beginGeneration, generation: () => generation, add, has, confirm }
}
