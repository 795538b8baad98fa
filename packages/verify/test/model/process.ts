import type { Clock } from '../../src/clock.ts'
import { createVerification, type Source } from '../../src/verification.ts'
import type { Database } from './database.ts'
import type { Time } from './time.ts'

/** What happens to the questions of a process: ms until the snapshot, ms until the answer, and whether it comes. */
export type Line = { forth: number; back: number; fate: 'answered' | 'lost' | 'cut' | 'by a replica' }

/** One process that verifies: the real code, on a clock, a line and a scheduler that can each go wrong. */
export function createProcess({ time, database, replica }: { time: Time; database: Database; replica: Database }) {
  let line: Line = { forth: 1, back: 1, fate: 'answered' }
  let slept = 0
  let wallOff = 1e12
  let seen = 0
  let isUnseen = false
  let backlog: (() => void)[] | null = null

  /** Runs something in this process: later, when it is frozen. */
  const inside = (run: () => void) => (backlog ? backlog.push(run) : run())

  const clock: Clock = {
    monotonic: () => time.now() - slept,
    wall: () => {
      seen = time.now() + wallOff
      isUnseen = false
      return seen
    },
    after: (ms, run) => {
      const due = time.now() - slept + ms
      let callOff = () => {}
      // A timer stands still while the machine sleeps, as the monotonic clock does.
      const wait = (rest: number) => {
        callOff = time.after(rest, () =>
          inside(() => (due > clock.monotonic() ? wait(due - clock.monotonic()) : run())),
        )
      }
      wait(ms)
      return () => callOff()
    },
  }

  const send = <Answer>(read: (from: Database) => Answer & { replica: boolean }): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { forth, back, fate } = line
      time.after(forth, () => {
        const answer = fate === 'by a replica' ? { ...read(replica), replica: true } : read(database)
        if (fate === 'lost') return
        time.after(back, () => inside(() => (fate === 'cut' ? reject(new Error('cut')) : resolve(answer))))
      })
    })
  const source: Source = {
    readKey: (hash) => send((from) => from.readKey(hash)),
    readFeed: (since) => send((from) => from.readFeed(since)),
  }
  const verification = createVerification({ clock, source, cacheSize: 100, recordUse: () => {} })

  /** As SIGSTOP does: all that comes waits, and is worked through afterwards. The wall clock may be set meanwhile. */
  const freeze = (ms: number, setBack: number) => {
    if (backlog) return
    backlog = []
    wallOff -= setBack
    time.after(ms, () => {
      const waiting = backlog ?? []
      backlog = null
      for (const run of waiting) time.after(0, run)
    })
  }
  /**
   * The machine sleeps, its monotonic clock too. The wall clock is right when it wakes up, or before what it was last
   * seen to be. Nobody could tell a sleep that hides in a setting back that nobody saw: that does not happen here.
   */
  const sleep = (ms: number, setBack: number) => {
    if (backlog || isUnseen) return
    freeze(ms, setBack > 0 ? time.now() + ms + wallOff - seen + setBack : 0)
    isUnseen = setBack > 0
    slept += ms
  }
  return {
    verification,
    inside,
    freeze,
    sleep,
    isFrozen: () => backlog !== null,
    setWall: (ms: number) => {
      wallOff += ms
    },
    setLine: (next: Line) => {
      line = next
    },
  }
}
