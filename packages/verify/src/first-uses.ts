import type { Clock } from './clock.ts'

/** In ms, after a write that failed. */
const RETRY = 500
/** The most secrets in one statement. */
const BATCH = 1000

/** `hashes` are those of the secrets, in hexadecimal. */
export type WriteFirstUses = (hashes: string[]) => Promise<void>

/**
 * Writes that this process said yes to the new secret of a rotation, because from then on the grace of the old one counts.
 * It does so at once, without a delay for the call, and again until the database has taken it.
 */
export function createFirstUses(clock: Clock, write: WriteFirstUses) {
  const unwritten = new Set<string>()
  let writing: Promise<void> | null = null
  let failure: string | null = null
  let stopped = false
  let cancel = () => {}

  const record = (hash: string) => {
    unwritten.add(hash)
    writeSoon()
  }
  const writeSoon = () => {
    if (stopped) return
    writing ??= writeAll().finally(() => {
      writing = null
      if (unwritten.size > 0 && !stopped) cancel = clock.after(RETRY, writeSoon)
    })
  }
  const writeAll = async () => {
    cancel()
    try {
      while (unwritten.size > 0) {
        const hashes = [...unwritten].slice(0, BATCH)
        await write(hashes)
        for (const hash of hashes) unwritten.delete(hash)
      }
      failure = null
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error)
    }
  }
  /** Resolves after a last write of what is left. */
  const stop = async () => {
    stopped = true
    cancel()
    await writing
    await writeAll()
  }
  /** `failure`: why the latest write failed. It is retried. */
  return { record, stop, failure: () => failure }
}
