import type { Event } from './cluster.ts'
import type { Line } from './line.ts'
import type { Step } from './world.ts'

// Each story was the counterexample when the guard that it is named by was taken away, made shorter.

const line = (process: number, forth: number, back: number, fate: Line['fate'] = 'answered') => ({
  does: 'line' as const,
  process,
  line: { forth, back, fate },
})
const at = { forth: 0, back: 0 }
const revoke = (by: number | null = null) => ({ does: 'revoke' as const, key: 'a' as const, by, ...at })
const deleteProject = (by: number | null = null) => ({
  does: 'delete the project' as const,
  key: 'a' as const,
  by,
  ...at,
})
const rename = (by: number) => ({ does: 'rename' as const, key: 'a' as const, by, ...at })
const make = (by: number | null) => ({ does: 'make' as const, by, ...at })
const sleep = (ms: number, setBack = 0) => ({ does: 'sleep' as const, process: 0, ms, setBack })
const freeze = (process: number, ms: number, setBack: number) => ({ does: 'freeze' as const, process, ms, setBack })
const revokeLater = (how: 'commit' | 'prepare', open: number, ids = 1) => ({ ...revoke(), how, open, ids })
const from = (process: number, parts: Partial<Line>) => ({
  does: 'line' as const,
  process,
  line: { forth: 0, back: 0, fate: 'answered' as const, ...parts },
})
const does = (event: Event) => ({ does: event })
const sweep = does('sweep')

export const STORIES: Record<string, Step[]> = {
  'what the feed tells of a key is forgotten': [{ wait: 3, ...revoke() }],
  'what the feed tells of a project is forgotten': [{ wait: 40, ...deleteProject() }],
  'a gap in the feed forgets everything': [
    { wait: 5, ...line(0, 0, 0, 'lost') },
    { wait: 0, ...revoke() },
    { wait: 5, ...sweep },
  ],
  'the feed of a replica is none': [
    { wait: 0, ...does('replication stops') },
    { wait: 100, ...from(0, { feed: 'standby' }) },
    { wait: 0, ...revoke() },
    { wait: 1500, ...from(0, {}) },
  ],
  'an answer of a replica is none': [
    { wait: 0, ...does('replication stops') },
    { wait: 0, ...from(0, { key: 'standby' }) },
    { wait: 1, ...revoke() },
    { wait: 1500, ...from(0, {}) },
  ],
  'memory needs evidence': [
    { wait: 2, ...line(0, 0, 0, 'lost') },
    { wait: 0, ...revoke() },
    { wait: 1500, ...line(1, 0, 0) },
  ],
  'evidence is no older than the bound': [
    { wait: 5, ...revoke() },
    { wait: 2, ...line(0, 681, 108) },
    { wait: 1000, ...line(1, 0, 0) },
  ],
  'evidence begins when the question left': [
    { wait: 1262, ...freeze(1, 19, 0) },
    { wait: 0, ...line(1, 0, 0, 'lost') },
    { wait: 0, ...deleteProject() },
    { wait: 2000, ...sweep },
  ],
  'evidence ages while the machine sleeps': [
    { wait: 2, ...revoke() },
    { wait: 0, ...sleep(2000) },
  ],
  'evidence ages while the wall clock is set back by as much': [
    { wait: 0, ...line(2, 0, 396) },
    { wait: 5, ...freeze(2, 251, 251) },
    { wait: 0, ...revoke() },
    { wait: 643, ...sweep },
  ],
  'a wall clock that was set back ends the evidence': [
    { wait: 2, ...revoke() },
    { wait: 0, ...sleep(787, 700) },
  ],
  'a question older than the bound is joined by no call': [
    { wait: 0, ...line(0, 0, 1041) },
    { wait: 6, ...revoke() },
  ],
  'a question a little older than the bound is joined by no call': [
    { wait: 0, ...line(0, 0, 1041) },
    { wait: 1020, ...line(0, 0, 1041) },
    { wait: 62, ...deleteProject() },
    { wait: 0, ...line(0, 0, 0) },
  ],
  'an answer older than what the feed told is not kept': [
    { wait: 0, ...line(1, 0, 396) },
    { wait: 728, ...line(0, 0, 0) },
    { wait: 314, ...revoke() },
  ],
  'an answer before the feed told anything is not kept': [
    { wait: 0, ...line(0, 0, 0, 'cut') },
    { wait: 250, ...line(0, 400, 134) },
    { wait: 2, ...line(0, 0, 500) },
    { wait: 48, ...revoke() },
  ],
  'an answer under way when a key was changed here is not kept': [
    { wait: 0, ...line(0, 0, 0, 'cut') },
    { wait: 239, ...line(0, 0, 600) },
    { wait: 6, ...line(0, 0, 0) },
    { wait: 15, ...rename(0) },
  ],
  'an answer under way when a key was changed here is joined by no call': [
    { wait: 0, ...line(2, 0, 40) },
    { wait: 5, ...deleteProject(2) },
  ],
  'a key that was changed here is asked for anew': [{ wait: 5, ...revoke(0) }],
  'a key whose project was changed here is asked for anew': [{ wait: 5, ...deleteProject(0) }],
  'a change here puts in doubt what is under way': [
    { wait: 2, ...line(0, 0, 0) },
    { wait: 0, ...revoke(0) },
  ],
  'a change here ends when the feed has told of it': [{ wait: 0, ...revoke(0) }],
  'a key that was renamed here leaves the memory, although no call came meanwhile': [{ wait: 250, ...rename(0) }],
  'a key that was made here is no longer unknown': [{ wait: 3, ...make(0) }],
  'a key that was made here while it was asked for does not become unknown': [
    { wait: 0, ...line(0, 0, 300) },
    { wait: 60, ...make(0) },
  ],
  'a key that was made elsewhere is unknown for a while only': [{ wait: 3, ...make(null) }],

  'a transaction that ran when the feed was asked is told when it commits': [
    { wait: 0, ...revokeLater('commit', 600) },
    { wait: 5, ...does('ids are spent') },
  ],
  'a transaction that stays open for minutes is told when it commits, and holds nobody up': [
    { wait: 0, ...revokeLater('commit', 120_000) },
    { wait: 5, ...does('ids are spent') },
    { wait: 5, ...deleteProject() },
    { wait: 121_000, ...sweep },
  ],
  'a change that was made inside of a savepoint has the id of its transaction': [
    { wait: 0, ...revokeLater('commit', 300, 2) },
  ],
  'a prepared transaction is told when it commits, on whatever primary': [
    { wait: 10, ...revokeLater('prepare', 2000) },
    { wait: 10, ...does('ids are spent') },
    { wait: 300, ...does('a crash of the server') },
    { wait: 300, ...does('a failover') },
  ],
  'a change that commits long after it was made is not swept unread': [
    { wait: 0, ...revokeLater('commit', 1500) },
    { wait: 5, ...does('ids are spent') },
    { wait: 1400, ...sweep },
    { wait: 50, ...sweep },
    { wait: 60, ...from(0, {}) },
    { wait: 0, ...sweep },
  ],
  'changes that were swept unread forget everything': [
    { wait: 5, ...line(0, 0, 0, 'lost') },
    { wait: 0, ...revoke() },
    { wait: 5, ...sweep },
    { wait: 5, ...sweep },
  ],
  'ids that were given out again after a crash of a backend are of another epoch': [
    { wait: 0, ...does('ids are spent') },
    { wait: 100, ...does('a crash of a backend') },
    { wait: 0, ...revoke() },
  ],
  'ids that were given out again after a failover are of another epoch': [
    { wait: 0, ...does('replication stops') },
    { wait: 0, ...rename(1) },
    { wait: 100, ...does('a failover') },
    { wait: 0, ...revoke() },
  ],
  'a key that is revoked again after a failover lost its revocation is refused': [
    { wait: 0, ...does('replication stops') },
    { wait: 0, ...revoke() },
    { wait: 600, ...does('a failover') },
    { wait: 600, ...revoke() },
  ],
  'a backup that was put back is of another epoch': [
    { wait: 0, ...rename(1) },
    { wait: 300, ...does('the backup is put back') },
    { wait: 0, ...revoke() },
  ],
  'a dump that was loaded over the database is of another epoch': [
    { wait: 0, ...revoke() },
    { wait: 5, ...does('a backup is taken') },
    { wait: 0, ...does('the dump is loaded over it') },
    { wait: 400, ...revoke() },
  ],
  'a dump that was loaded elsewhere is swept by its own ids': [
    { wait: 0, ...sweep },
    { wait: 5, ...does('a backup is taken') },
    { wait: 0, ...does('the dump is loaded elsewhere') },
    { wait: 5, ...sweep },
  ],
  'an answer for a key from before a crash is not kept': [
    { wait: 0, ...line(0, 0, 0, 'cut') },
    { wait: 0, ...does('ids are spent') },
    { wait: 260, ...line(0, 0, 600) },
    { wait: 30, ...line(0, 0, 0) },
    { wait: 10, ...does('a crash of a backend') },
    { wait: 0, ...revoke() },
  ],
  'a snapshot that was taken in recovery is none, although its answer comes from a primary': [
    { wait: 0, ...line(0, 0, 0, 'cut') },
    { wait: 100, ...revokeLater('prepare', 250) },
    { wait: 5, ...does('ids are spent') },
    { wait: 155, ...from(0, { frozen: 600, key: 'standby' }) },
    { wait: 30, ...line(0, 0, 0) },
    { wait: 10, ...does('a failover') },
  ],
  'an answer for a key that a transaction changed meanwhile is not kept': [
    { wait: 0, ...line(0, 0, 0, 'cut') },
    { wait: 100, ...revokeLater('commit', 250) },
    { wait: 5, ...does('ids are spent') },
    { wait: 155, ...line(0, 0, 600) },
    { wait: 30, ...line(0, 0, 0) },
  ],
  'an old primary that lives on is none, once a promotion was seen': [
    { wait: 0, ...from(0, { feed: 'old', key: 'old' }) },
    { wait: 100, ...does('a failover') },
    { wait: 600, ...rename(0) },
    { wait: 0, ...revoke() },
  ],
  'memory that was told by an old primary ends as soon as a promotion is seen': [
    { wait: 0, ...from(0, { feed: 'old' }) },
    { wait: 100, ...does('a failover') },
    { wait: 0, ...revoke() },
    { wait: 2000, ...rename(0) },
    { wait: 500, ...from(0, {}) },
  ],
  'what stays good while the database is away does so for no longer than its time': [
    { wait: 300, ...from(1, { fate: 'cut' }) },
    { wait: 10, ...revoke() },
    { wait: 6000, ...from(1, {}) },
  ],
  'a key that was revoked here does not stay good while the database is away': [
    { wait: 300, ...from(1, { fate: 'cut' }) },
    { wait: 10, ...revoke(1) },
    { wait: 2000, ...from(1, {}) },
  ],
  'nothing stays good any longer when a primary answers with another error': [
    { wait: 300, ...from(1, { fate: 'cut' }) },
    { wait: 1500, ...from(1, { fate: 'refused' }) },
    { wait: 600, ...from(1, { fate: 'cut' }) },
    { wait: 600, ...from(1, {}) },
  ],
  'nothing that an old primary told stays good when a promotion is seen': [
    { wait: 0, ...from(1, { feed: 'old' }) },
    { wait: 100, ...does('a failover') },
    { wait: 100, ...revoke() },
    { wait: 2000, ...from(1, { feed: 'old', fate: 'cut' }) },
    { wait: 0, ...rename(1) },
    { wait: 1500, ...from(1, {}) },
  ],
}
