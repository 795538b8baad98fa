import type { Server } from './server.ts'
import { copyOf, firstState, recover, type State, spendIds, sweep } from './state.ts'

/** What can happen to the servers. */
export type Event =
  | 'a clean restart'
  | 'a crash of the server'
  | 'a crash of a backend'
  | 'replication stops'
  | 'a failover'
  | 'a backup is taken'
  | 'the backup is put back'
  | 'the dump is loaded elsewhere'
  | 'the dump is loaded over it'
  | 'ids are spent'
  | 'sweep'

export type Role = 'leader' | 'old' | 'standby'
export type Cluster = ReturnType<typeof createCluster>

/** A primary, its standby, and the primary before it, which may live on. */
export function createCluster() {
  let count = 0
  const isNew = () => ++count
  const serverOf = (state: State, parts: Partial<Server> = {}): Server => ({
    ...{ system: 'one', timeline: 1, inRecovery: false, state },
    ...{ started: isNew(), crashed: isNew(), database: 0 },
    ...parts,
  })
  /** A standby that shares the state of its primary has replayed everything. */
  const standbyOf = ({ state, system, timeline, database }: Server) =>
    serverOf(state, { system, timeline, database, inRecovery: true })
  let leader = serverOf(firstState('one'))
  let standby = standbyOf(leader)
  let old: Server | null = null
  let highest = 1
  /** A copy of the data folder, and the same data as a dump. */
  let backup = { timeline: 1, database: 0, state: copyOf(leader.state) }

  const lead = (next: Server) => {
    leader = next
    standby = standbyOf(leader)
  }
  const failOver = () => {
    const before = leader
    const state = copyOf(standby.state)
    recover(state, { loseIds: true })
    highest += 1
    // The same server: a statement that it began in recovery goes on.
    Object.assign(standby, { state, timeline: highest, inRecovery: false })
    lead(standby)
    old = before
  }
  const putBack = () => {
    const state = copyOf(backup.state)
    recover(state, { loseIds: true })
    // A cold copy of this timeline goes on in it; one of an earlier timeline is recovered to a new one.
    if (backup.timeline !== leader.timeline) highest += 1
    Object.assign(leader, { state, timeline: highest, started: isNew(), database: backup.database })
    lead(leader)
  }
  /** Nothing says that it was loaded. */
  const load = (server: Server, ids: Pick<State, 'next' | 'completed' | 'durable'>) => {
    server.state = { ...copyOf(backup.state), ...ids, running: new Map() }
    lead(server)
  }
  const happen: Record<Event, () => void> = {
    'a clean restart': () => {
      leader.started = isNew()
      recover(leader.state, { loseIds: false })
    },
    'a crash of the server': () => {
      leader.started = isNew()
      leader.crashed = isNew()
      recover(leader.state, { loseIds: true })
    },
    'a crash of a backend': () => {
      leader.crashed = isNew()
      recover(leader.state, { loseIds: true })
    },
    'replication stops': () => {
      standby.state = copyOf(leader.state)
    },
    'a failover': failOver,
    'a backup is taken': () => {
      backup = { timeline: leader.timeline, database: leader.database, state: copyOf(leader.state) }
    },
    'the backup is put back': putBack,
    'the dump is loaded elsewhere': () => {
      highest = 1
      old = null
      load(serverOf(leader.state, { system: `cluster ${isNew()}` }), { next: 50, completed: 49, durable: 49 })
      backup = { timeline: 1, database: 0, state: copyOf(leader.state) }
    },
    'the dump is loaded over it': () => {
      const { next } = leader.state
      leader.database = isNew()
      load(leader, { next, completed: next - 1, durable: next - 1 })
    },
    'ids are spent': () => spendIds(leader.state, 3),
    sweep: () => sweep(leader.state, leader.system),
  }
  return {
    happen: (event: Event) => happen[event](),
    leader: () => leader,
    server: (role: Role): Server => (role === 'standby' ? standby : role === 'old' ? (old ?? leader) : leader),
  }
}
