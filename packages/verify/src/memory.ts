import type { KnownKey } from './verdict.ts'

/**
 * Keys by hash, at most `limit` (1 or more). When it is full a hand goes round, as on a clock: who was asked for since it last came
 * by stays, the first who was not goes. So a key in use costs one look-up and one mark, and those least recently used
 * go first, nearly (Corbató 1968).
 */
export function createMemory(limit: number) {
  const keys = new Map<string, KnownKey>()
  let hand = keys.keys()

  const get = (hash: string): KnownKey | undefined => {
    const known = keys.get(hash)
    if (known !== undefined) known.recent = true
    return known
  }
  const set = (hash: string, known: KnownKey) => {
    if (!keys.has(hash)) while (keys.size >= limit) moveHand()
    keys.set(hash, known)
  }
  const moveHand = () => {
    const next = hand.next()
    if (next.done) {
      hand = keys.keys()
      return
    }
    const known = keys.get(next.value)
    if (known?.recent) known.recent = false
    else keys.delete(next.value)
  }
  const forgetProjects = (projects: Set<string>) => {
    for (const [hash, known] of keys) if (projects.has(known.yes.key.project.uuid)) keys.delete(hash)
  }
  return {
    get,
    set,
    forget: (hash: string) => keys.delete(hash),
    forgetProjects,
    forgetAll: () => keys.clear(),
    size: () => keys.size,
  }
}
