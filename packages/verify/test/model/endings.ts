import { STALENESS_BOUND } from '../../src/freshness.ts'
import type { KeyName } from './database.ts'

/** What everybody was told of ended keys, and since when a yes to a call that begins is late. */
export function createEndings() {
  const begun = new Set<KeyName>()
  const acknowledged = new Map<string, number>()
  const note = (where: string, now: number) => acknowledged.set(where, Math.min(now, acknowledged.get(where) ?? now))

  return {
    /** From now on the key may be refused. */
    begin: (keys: KeyName[]) => {
      for (const key of keys) begun.add(key)
    },
    /** From now on it must be: at once in the process that did it, after the bound in all others. */
    acknowledge: (keys: KeyName[], by: number | null, now: number) => {
      for (const key of keys) {
        note(key, now)
        if (by !== null) note(`${key} in ${by}`, now)
      }
    },
    mayBeRefused: (key: KeyName) => begun.has(key),
    latestYes: (key: KeyName, process: number): number => {
      const everywhere = acknowledged.get(key) ?? Number.POSITIVE_INFINITY
      const here = acknowledged.get(`${key} in ${process}`) ?? Number.POSITIVE_INFINITY
      return Math.min(everywhere + STALENESS_BOUND, here)
    },
  }
}
