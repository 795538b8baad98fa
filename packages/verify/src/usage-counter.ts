import type { Clock } from './clock.ts'
import type { CachedKey } from './verdict.ts'

const WRITE_INTERVAL = 3000 // ms
/** The most keys whose usage waits to be written. So many gather only while the database takes no writes. */
const LIMIT = 200_000

/** How a key was used since the last write; `used` is the time of the latest call, in ms. */
export type Use = { uuid: string; calls: number; used: number; address: string | null }
export type WriteUses = (uses: Use[]) => Promise<void>

/**
 * Counts in memory how keys are used, and writes it every few seconds, so that no call waits for it. A crash loses one
 * interval.
 */
export function createUsageCounter(clock: Clock, writeUses: WriteUses) {
  let waiting: CachedKey[] = []
  let failure: string | null = null
  let stopped = false
  let cancel = () => {}

  const record = (cached: CachedKey, now: number, address: string | undefined) => {
    if (cached.calls === 0 && waiting.length < LIMIT) waiting.push(cached)
    cached.calls += 1
    cached.used = now
    if (address !== undefined) cached.address = address
  }

  const write = async () => {
    if (waiting.length === 0) return
    const taken = waiting
    waiting = []
    const uses = taken.map((cached): Use => {
      const { calls, used, address, yes } = cached
      cached.calls = 0
      return { uuid: yes.key.uuid, calls, used, address }
    })
    try {
      await writeUses(uses)
      failure = null
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error)
      taken.forEach((cached, n) => {
        if (cached.calls === 0 && waiting.length < LIMIT) waiting.push(cached)
        cached.calls += uses[n]?.calls ?? 0
      })
    }
  }

  const keepWriting = async () => {
    await write()
    if (!stopped) cancel = clock.after(WRITE_INTERVAL, keepWriting)
  }
  /** Resolves after a last write. */
  const stop = async () => {
    stopped = true
    cancel()
    await write()
  }
  /** `failure`: why the latest write failed. Its counts are kept for the next one. */
  return { record, keepWriting, stop, failure: () => failure }
}
