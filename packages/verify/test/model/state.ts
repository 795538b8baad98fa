export const KEYS = ['a', 'b', 'c', 'd'] as const
export type KeyName = (typeof KEYS)[number]
/** Keys a and b are of one project, c of another; d is of that one too, and is not there until it is made. */
export const projectOf = (name: KeyName) => (name === 'a' || name === 'b' ? 'p' : 'q')

/** What a transaction does when it commits, and what its triggers tell. */
export type Work = { apply: (state: State) => void; told: { hash: string | null; project: string | null }[] }
/** A savepoint takes an id of its own, so a transaction may have several `ids`. */
type Transaction = Work & { ids: number; prepared: boolean }
type Change = { xid: number; system: string; hash: string | null; project: string | null }

/** The tables of a database, and the ids of its transactions. */
export type State = {
  revoked: Set<KeyName>
  deleted: Set<string>
  made: Set<KeyName>
  /** A key's name says how often it was renamed. The feed reports nothing of it. */
  renames: Map<KeyName, number>
  changes: Change[]
  horizon: { system: string; swept: string; next: string }
  running: Map<number, Transaction>
  next: number
  completed: number
  /** The highest id that a crash cannot lose, because its transaction was flushed. */
  durable: number
}

export const firstState = (system: string): State => ({
  revoked: new Set(),
  deleted: new Set(),
  made: new Set(['a', 'b', 'c']),
  renames: new Map(),
  changes: [],
  horizon: { system, swept: '1:1:', next: '1:1:' },
  running: new Map(),
  next: 100,
  completed: 99,
  durable: 99,
})

export const copyOf = (state: State): State => ({
  ...state,
  revoked: new Set(state.revoked),
  deleted: new Set(state.deleted),
  made: new Set(state.made),
  renames: new Map(state.renames),
  changes: [...state.changes],
  running: new Map([...state.running].map(([id, transaction]) => [id, { ...transaction }])),
})

export function begin(state: State, work: Work, ids = 1): number {
  const id = state.next
  state.next += ids
  state.running.set(id, { ...work, ids, prepared: false })
  return id
}

/** Whether this very transaction still runs: its id may have been given out again. */
export const runs = (state: State, id: number, work: Work): boolean => state.running.get(id)?.apply === work.apply

/** It goes on after a crash and on a promoted standby. */
export function prepare(state: State, id: number) {
  const transaction = state.running.get(id)
  if (!transaction) return
  transaction.prepared = true
  state.durable = Math.max(state.durable, id + transaction.ids - 1)
}

export function end(state: State, id: number, system: string, commits = true) {
  const transaction = state.running.get(id)
  if (!transaction) return
  state.running.delete(id)
  const last = id + transaction.ids - 1
  state.completed = Math.max(state.completed, last)
  if (commits) {
    state.durable = Math.max(state.durable, last)
    transaction.apply(state)
    // The change that was made inside of a savepoint has the id of the transaction.
    state.changes.push(...transaction.told.map((told) => ({ ...told, xid: id, system })))
  }
}

/** Ids of transactions that wrote nothing and are over. */
export function spendIds(state: State, count: number) {
  state.next += count
  state.completed = state.next - 1
}

/** Ends what ran, as each start does. After a crash, ids that were not flushed are given out again. */
export function recover(state: State, { loseIds }: { loseIds: boolean }) {
  for (const [id, { prepared }] of state.running) if (!prepared) state.running.delete(id)
  if (loseIds) state.next = state.durable + 1
  state.completed = state.next - 1
}

const listOf = (state: State) =>
  [...state.running.keys()].filter((id) => id <= state.completed).sort((one, other) => one - other)

/** In recovery the list is empty, whatever runs. */
export function snapshotOf(state: State, inRecovery: boolean): string {
  const [list, xmax] = [listOf(state), state.completed + 1]
  return `${list[0] ?? xmax}:${xmax}:${inRecovery ? '' : list}`
}

const partsOf = (snapshot: string) => {
  const [, xmax = '', list = ''] = snapshot.split(':')
  return { xmax: Number(xmax), list: list.split(',').filter(Boolean).map(Number) }
}

/** The question of the feed: two look-ups. */
export function isUnseen(xid: number, snapshot: string): boolean {
  const { xmax, list } = partsOf(snapshot)
  return list.includes(xid) || xid >= xmax
}

/** As `sweepChanges` does, but as if ten minutes had gone by since the last time. */
export function sweep(state: State, system: string) {
  const now = snapshotOf(state, false)
  const { horizon } = state
  const isOurs = horizon.system === system && partsOf(horizon.next).xmax <= partsOf(now).xmax
  state.horizon = { system, swept: isOurs ? horizon.next : now, next: now }
  const { swept } = state.horizon
  state.changes = state.changes.filter((change) => change.system === system && isUnseen(change.xid, swept))
  end(state, begin(state, { apply: () => {}, told: [] }), system)
}
