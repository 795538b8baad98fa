import type { CachedKey } from './verdict.ts'

/**
 * Keys by hash, at most `limit` (1 or more), evicted by the CLOCK algorithm (Corbató, 1968). When the cache is full, a
 * hand goes round: it spares each key that was read since it last passed, and evicts the first that was not. A hit
 * costs one look-up and one mark, and nearly the least recently used keys go first.
 */
export function createCache(limit: number) {
  const keys = new Map<string, CachedKey>()
  let hand = keys.keys()

  const get = (hash: string): CachedKey | undefined => {
    const cached = keys.get(hash)
    if (cached !== undefined) cached.recent = true
    return cached
  }
  const set = (hash: string, cached: CachedKey) => {
    if (!keys.has(hash)) while (keys.size >= limit) moveHand()
    keys.set(hash, cached)
  }
  const moveHand = () => {
    const next = hand.next()
    if (next.done) {
      hand = keys.keys()
      return
    }
    const cached = keys.get(next.value)
    if (cached?.recent) cached.recent = false
    else keys.delete(next.value)
  }
  /** Deletes keys by their UUID or that of their project. */
  const deleteByUuid = (uuids: Set<string>) => {
    if (uuids.size === 0) return
    for (const [hash, { yes }] of keys)
      if (uuids.has(yes.key.uuid) || uuids.has(yes.key.project.uuid)) keys.delete(hash)
  }
  return {
    get,
    set,
    delete: (hash: string) => keys.delete(hash),
    deleteByUuid,
    clear: () => keys.clear(),
    size: () => keys.size,
  }
}
