import type { Clock } from './clock.ts'

const LIMIT = 10_000
/**
 * In ms. For this long, a process that was asked for a key too early may call it unknown after it was created
 * elsewhere.
 */
const TTL = 2000

/** Hashes that no key has. They are apart from the keys, so that guesses push out other guesses and no good key. */
export function createNegativeCache(clock: Clock) {
  const expirations = new Map<string, number>()

  const add = (hash: string) => {
    if (expirations.size >= LIMIT) expirations.clear()
    expirations.set(hash, clock.monotonic() + TTL)
  }
  const has = (hash: string): boolean => {
    const expiration = expirations.get(hash)
    if (expiration === undefined) return false
    if (clock.monotonic() < expiration) return true
    expirations.delete(hash)
    return false
  }
  return { add, has, clear: () => expirations.clear(), size: () => expirations.size }
}
