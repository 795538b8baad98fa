import type pg from 'pg'
import { processTimelines } from '../timelines.ts'
import { collect, createLooker, isPrimary, type Look, type PrimaryLook } from './looks.ts'
import { noPrimaryError } from './not-primary.ts'
import { endOutdated } from './sessions.ts'
import type { Host } from './url.ts'

/** In ms. Less than a second, so that every process knows of a promotion before a yes of the old primary would be late. */
const LOOK_EVERY = 500
/** In ms: how long a look is shared, so that many connections that open at once ask once. */
const SHARED_FOR = 100

/**
 * Knows which of several hosts is the primary. It asks all of them at once, because one that is frozen takes a connection
 * and says nothing, and goes on asking as long as connections are in use. Of two primaries it takes that with the higher
 * timeline: the other one is old and lives on.
 */
export function createHosts(hosts: Host[], open: (host: Host) => Promise<pg.Client>) {
  const lookers = hosts.map((host) => createLooker(host, open))
  let known: { look: PrimaryLook; at: number } | null = null
  let shared: { at: number; found: Promise<PrimaryLook> } | null = null
  let timer: NodeJS.Timeout | undefined
  let users = 0
  const waiting = new Set<(host: Host) => void>()

  const lookAtAll = async (at: number): Promise<PrimaryLook> => {
    const looks = await collect(lookers.map(({ look }) => look()))
    const found = choose(looks, known?.look.said.system)
    known = found && { look: found, at }
    endOutdated()
    if (!found) throw noPrimaryError(looks)
    for (const tell of waiting) tell(found.host)
    return found
  }
  const look = () => {
    const at = performance.now()
    if (!shared || at - shared.at > SHARED_FOR) shared = { at, found: lookAtAll(at) }
    return shared.found
  }

  /**
   * The host that was the primary a moment ago, or the next that is found: a look may wait for a frozen host while a later
   * one finds the primary. Rejects if there is none.
   */
  const primary = (): Promise<Host> =>
    new Promise((resolve, reject) => {
      if (known && performance.now() - known.at < 2 * LOOK_EVERY) return resolve(known.look.host)
      waiting.add(resolve)
      const forgetWaiting = () => waiting.delete(resolve)
      look()
        .then(({ host }) => resolve(host), reject)
        .finally(forgetWaiting)
    })
  /** Call it when a connection to the primary fails, so that the next one looks again. */
  const forget = () => {
    known = null
  }
  /** Looks go on until the returned function was called for each use. */
  const use = () => {
    users += 1
    if (users === 1) timer = setInterval(() => look().catch(() => {}), LOOK_EVERY)
    let used = true
    return () => {
      if (used) users -= 1
      used = false
      if (users > 0) return
      clearInterval(timer)
      for (const { close } of lookers) close()
    }
  }
  return { primary, forget, use }
}

/** The primary of the highest timeline; of two systems, that which was used before. */
export function choose(looks: Look[], system: string | undefined): PrimaryLook | null {
  const primaries = looks.filter(isPrimary)
  for (const { said } of primaries) processTimelines.note(said)
  const latest = primaries
    .filter(({ said }) => processTimelines.isLatest(said))
    .toSorted((one, other) => other.said.timeline - one.said.timeline)
  return latest.find(({ said }) => said.system === system) ?? latest[0] ?? null
}
