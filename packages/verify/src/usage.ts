import type { Clock } from './clock.ts'
import type { KnownKey } from './verdict.ts'

const PAUSE = 3000 // ms between two writes
/** Keys that wait to be written at most: more come together only while the database takes no writes. */
const LIMIT = 200_000

/** How a key was used since the last time; `used` in ms. */
export type Use = { uuid: string; calls: number; used: number; address: string | null }
export type WriteUses = (uses: Use[]) => Promise<void>

/** Gathers how keys are used and writes it now and then, apart from all calls. A crash loses the last interval. */
export function createUsage(clock: Clock, writeUses: WriteUses) {
  let waiting: KnownKey[] = []
  let failure: string | null = null
  let stopped = false
  let callOff = () => {}

  const note = (known: KnownKey, now: number, address: string | undefined) => {
    if (known.calls === 0 && waiting.length < LIMIT) waiting.push(known)
    known.calls += 1
    known.used = now
    if (address !== undefined) known.address = address
  }

  const flush = async () => {
    if (waiting.length === 0) return
    const taken = waiting
    waiting = []
    const uses = taken.map((known): Use => {
      const { calls, used, address, yes } = known
      known.calls = 0
      return { uuid: yes.key.uuid, calls, used, address }
    })
    try {
      await writeUses(uses)
      failure = null
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error)
      taken.forEach((known, n) => {
        if (known.calls === 0 && waiting.length < LIMIT) waiting.push(known)
        known.calls += uses[n]?.calls ?? 0
      })
    }
  }

  const follow = async () => {
    await flush()
    if (!stopped) callOff = clock.after(PAUSE, follow)
  }
  const stop = async () => {
    stopped = true
    callOff()
    await flush()
  }
  return { note, follow, stop, failure: () => failure }
}
