import { KEYS, type KeyName, projectOf, type State } from './state.ts'

/** The acknowledged keys and endings: the verdicts that a new call must get, and those that it must not. */
export function createEndings() {
  const begun = new Set<KeyName>()
  const renamed = new Map<string, number>()
  const made = new Map<KeyName, number | null>()
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
    /** From now on the process that made it knows it, and in a while all do. */
    make: (key: KeyName, by: number | null) => {
      if (!made.has(key)) made.set(key, by)
    },
    /** From now on the process that renamed it gives this name or a later one. */
    rename: (key: KeyName, by: number, times: number) => {
      renamed.set(`${key} in ${by}`, Math.max(times, renamed.get(`${key} in ${by}`) ?? 0))
    },
    /** After a failover or a restore, what the new primary does not know never happened. Returns whether a revocation is lost. */
    lose: ({ revoked, deleted, made: kept, renames }: State): boolean => {
      const isLost = (where: string) =>
        KEYS.some((key) => where.startsWith(key) && !revoked.has(key) && !deleted.has(projectOf(key)))
      const lost = [...acknowledged.keys()].filter(isLost)
      for (const where of lost) acknowledged.delete(where)
      for (const key of made.keys()) if (!kept.has(key)) made.delete(key)
      for (const [where, times] of renamed) {
        const known = KEYS.find((key) => where.startsWith(key))
        renamed.set(where, Math.min(times, (known && renames.get(known)) ?? 0))
      }
      return lost.length > 0
    },
    leastRenames: (key: KeyName, process: number): number => renamed.get(`${key} in ${process}`) ?? 0,
    mayBeRefused: (key: KeyName) => begun.has(key),
    mayBeUnknown: (key: KeyName, process: number) => key === 'd' && made.get(key) !== process,
    isMade: (key: KeyName) => key !== 'd' || made.has(key),
    latestYes: (key: KeyName, process: number, bound: number): number => {
      const everywhere = acknowledged.get(key) ?? Number.POSITIVE_INFINITY
      const here = acknowledged.get(`${key} in ${process}`) ?? Number.POSITIVE_INFINITY
      return Math.min(everywhere + bound, here)
    },
  }
}
