import { setInterval } from 'node:timers/promises'
import type pg from 'pg'
import { migrationNames } from './migrations.ts'
import { findNewer, readApplied } from './releases.ts'

const EVERY = 1000 // ms

/**
 * Looks every second whether a newer release has migrated the database so that this code may no longer run beside it, and
 * then says so once, with the name of the migration.
 */
export async function watchReleases(pool: pg.Pool, tell: (migration: string) => void) {
  const known = new Set(await migrationNames())
  const ending = new AbortController()
  const watch = async () => {
    for await (const _ of setInterval(EVERY, null, { signal: ending.signal, ref: false })) {
      // Where the database is away, the next look tells.
      const newer = await readApplied(pool).then(
        (applied) => findNewer(applied, known),
        () => undefined,
      )
      if (newer !== undefined) return tell(newer)
    }
  }
  const watching = watch().catch((error: unknown) => {
    if (!ending.signal.aborted) throw error
  })
  const stop = async () => {
    ending.abort()
    await watching
  }
  return { stop }
}
