/**
 * What one statement of PostgreSQL saw (`pg_snapshot`): of the transactions with an id below `xmax`, those that were over,
 * which are all but the `running` ones; and none from `xmax` on.
 */
export type Snapshot = { text: string; xmax: bigint; running: bigint[] }

/**
 * Reads `xmin:xmax:running`. Null if the snapshot does not tell what ran, because it was taken in recovery, where the list
 * is always empty, or by a transaction with an id of its own. Its xmin, the oldest transaction that ran, shows that: it
 * must be the first of the list, or xmax.
 */
export function readSnapshot(text: string): Snapshot | null {
  const [, xmin = '', xmax = '', list = ''] = /^(\d+):(\d+):([\d,]*)$/.exec(text) ?? []
  if (xmax === '') throw new Error('The database must return a snapshot here.')
  const ids = list === '' ? [] : list.split(',')
  return xmin === (ids[0] ?? xmax) ? { text, xmax: BigInt(xmax), running: ids.map(BigInt) } : null
}

/** Whether everything that `earlier` saw was seen by `later`, too. Of two snapshots of one primary, one contains the other. */
export function contains(later: Snapshot, earlier: Snapshot): boolean {
  if (later.text === earlier.text) return true
  if (later.xmax < earlier.xmax) return false
  const running = new Set(earlier.running)
  return later.running.every((id) => id >= earlier.xmax || running.has(id))
}
