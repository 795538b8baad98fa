import type { Clock } from './clock.ts'

const LIMIT = 10_000
/** In ms. So long may a key that was just made elsewhere be unknown to a process that was asked for it too early. */
const REMEMBERED = 2000

/** Hashes that no key has, briefly and apart from the keys: guessing pushes out other guesses, and no good key. */
export function createUnknown(clock: Clock) {
  const until = new Map<string, number>()

  const add = (hash: string) => {
    if (until.size >= LIMIT) until.clear()
    until.set(hash, clock.monotonic() + REMEMBERED)
  }
  const has = (hash: string): boolean => {
    const end = until.get(hash)
    if (end === undefined) return false
    if (clock.monotonic() < end) return true
    until.delete(hash)
    return false
  }
  return { add, has, clear: () => until.clear(), size: () => until.size }
}
