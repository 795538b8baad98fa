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
const sweep = { does: 'sweep' as const }

export const STORIES: Record<string, Step[]> = {
  'what the feed tells of a key is forgotten': [{ wait: 3, ...revoke() }],
  'what the feed tells of a project is forgotten': [{ wait: 40, ...deleteProject() }],
  'a gap in the feed forgets everything': [
    { wait: 5, ...line(0, 0, 0, 'lost') },
    { wait: 0, ...revoke() },
    { wait: 5, ...sweep },
  ],
  'the feed of a replica is none': [
    { wait: 2, ...line(0, 0, 0, 'by a replica') },
    { wait: 0, ...revoke() },
    { wait: 1500, ...line(1, 0, 0) },
  ],
  'an answer of a replica is none': [
    { wait: 0, ...line(0, 0, 0, 'by a replica') },
    { wait: 1, ...revoke() },
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
}
