import { hash } from 'node:crypto'
import { createFirstUses } from '../../src/first-uses.ts'
import { STALENESS_BOUND } from '../../src/freshness.ts'
import { generateKey } from '../../src/key.ts'
import { createTimelines } from '../../src/timelines.ts'
import { DATABASE_TIMEOUT, withTimeout } from '../../src/timeout.ts'
import type { Verdict } from '../../src/verdict.ts'
import { createVerification } from '../../src/verification.ts'
import { createRotationDatabase, LONGEST, mayBeTold } from './rotation-database.ts'
import { createTime } from './time.ts'

const PROCESSES = 3
const EVERY = 40 // ms between two calls of a process for a secret
const CALM = 9000 // ms at the end, in which the database answers
const FIRST_USE = 2000 // ms in which a first use is written while the database answers
const WALL = 1e12

/** One event, `wait` ms after the one before. `by`: the process that makes the change; null for another. */
export type RotationStep = { wait: number } & (
  | { does: 'rotate'; by: number | null; grace: number; replace: boolean }
  | { does: 'end' | 'revoke'; by: number | null }
  | { does: 'renew'; by: number | null; lifetime: number }
  | { does: 'line'; process: number; delay: number; away: boolean }
  | { does: 'use the new secret'; process: number }
)

type Call = { secret: string; process: number; began: number; over: number; verdict: Verdict }

/** Lives through a story while every process asks for every old secret all the time, and tells what should not have been. */
export async function liveRotation(story: RotationStep[]) {
  const time = createTime()
  const newSecret = () => generateKey('model', 'run')
  const hashOf = (secret: string) => hash('sha256', secret)
  const secrets = [newSecret()]
  const database = createRotationDatabase(time, hashOf(secrets[0] ?? ''), 15_000)
  const calls: Call[] = []
  /** The secrets that are in use: a new one is not, until a step begins to use it. */
  const inUse = new Set(secrets)
  const counts = { rotations: 0, refused: 0, firstUses: 0 }

  const createProcess = (n: number) => {
    const line = { delay: 1, away: false }
    const clock = { monotonic: time.now, wall: () => time.now() + WALL, after: time.after }
    /** The database sees a question after the delay, and the answer takes as long again. */
    const ask = <Answer>(read: () => Answer): Promise<Answer> =>
      new Promise((resolve, reject) => {
        const { delay, away } = line
        const cut = () => reject(Object.assign(new Error('cut'), { code: 'ECONNRESET' }))
        time.after(delay, () => {
          if (away) return cut()
          const answer = read()
          time.after(delay, () => resolve(answer))
        })
      })
    const firstUses = createFirstUses(clock, (hashes) =>
      withTimeout(clock, DATABASE_TIMEOUT, () => ask(() => database.recordFirstUse(hashes))),
    )
    const inWall = <Answer extends ReturnType<typeof database.readKey>>({ origin, facts }: Answer) => ({
      origin,
      facts: facts && { ...facts, expiration: facts.expiration + WALL },
    })
    const verification = createVerification({
      clock,
      timelines: createTimelines(),
      staleIfDown: 0,
      cacheSize: 100,
      source: {
        readKey: (hash) => ask(() => inWall(database.readKey(hash))),
        readFeed: (since) => ask(() => database.readFeed(since)),
      },
      recordUse: () => {},
      recordFirstUse: firstUses.record,
      takeCall: (cached) => cached.yes,
    })
    const verify = (secret: string) => {
      const began = time.now()
      const told = (verdict: Verdict) => calls.push({ secret, process: n, began, over: time.now(), verdict })
      const verdict = verification.verify(secret)
      if (verdict instanceof Promise) verdict.then(told, () => {})
      else told(verdict)
    }
    const changed = () => {
      verification.evict('k')
      verification.clearUnknown()
    }
    return { ...verification, firstUses, verify, changed, set: (next: typeof line) => Object.assign(line, next) }
  }
  const processes = Array.from({ length: PROCESSES }, (_, n) => createProcess(n))

  const ownChanges: { process: number; at: number }[] = []
  const change = (by: number | null, apply: () => boolean) => {
    const done = apply()
    counts[done ? 'rotations' : 'refused'] += 1
    if (by === null) return
    processes[by]?.changed()
    ownChanges.push({ process: by, at: time.now() })
  }
  const always = (apply: () => void) => () => {
    apply()
    return true
  }
  const happen = (step: RotationStep) => {
    switch (step.does) {
      case 'rotate': {
        const secret = newSecret()
        return change(step.by, () => {
          const done = database.rotate(hashOf(secret), step)
          if (done) secrets.push(secret)
          return done
        })
      }
      case 'end':
        return change(step.by, database.end)
      case 'revoke':
        return change(step.by, always(database.revoke))
      case 'renew':
        return change(
          step.by,
          always(() => database.renew(time.now() + step.lifetime)),
        )
      case 'line':
        return processes[step.process]?.set(step)
      case 'use the new secret': {
        const secret = secrets.at(-1) ?? ''
        inUse.add(secret)
        return processes[step.process]?.verify(secret)
      }
    }
  }
  const callAll = () => {
    for (const process of processes) for (const secret of inUse) process.verify(secret)
    time.after(EVERY, callAll)
  }

  const over = story.reduce((at, step) => {
    time.after(at + step.wait, () => happen(step))
    return at + step.wait
  }, 0)
  for (const { keepPolling } of processes) keepPolling()
  callAll()
  time.after(over, () => processes.forEach(({ set }) => void set({ delay: 1, away: false })))
  await time.runUntil(over + CALM)
  for (const { stop, firstUses } of processes) {
    stop()
    void firstUses.stop()
  }

  const faultOf = ({ secret, process, began, over: answered, verdict }: Call): string[] => {
    const own = ownChanges.filter((each) => each.process === process && each.at <= began).map(({ at }) => at)
    // What this process changed itself it knows at once.
    const since = Math.max(began - STALENESS_BOUND, ...own)
    const may = mayBeTold(database.ends, hashOf(secret), { since, began, over: answered })
    const name = `secret ${secrets.indexOf(secret)} in process ${process} at ${began}`
    if (verdict.valid && !may.yes) return [`${name}: yes, though it had ended`]
    if (!verdict.valid && !may.no) return [`${name}: ${verdict.reason}, though it was good`]
    return []
  }
  return { faults: [...calls.flatMap(faultOf), ...firstUseFaults()], calls, counts }

  /** Each first use is written in time, once the database answers, and decides the end of the old secret. */
  function firstUseFaults(): string[] {
    const { current, isAwaited, old } = database.key
    if (!old) return []
    const yes = calls.filter(({ secret, verdict }) => verdict.valid && hashOf(secret) === current)
    const first = Math.min(...yes.map((call) => call.over))
    if (old.firstUsed !== null) counts.firstUses += 1
    if (isAwaited && first + FIRST_USE < over + CALM) return [`the first use at ${first} was never written`]
    if (old.firstUsed === null) return []
    if (old.firstUsed > Math.max(first, over) + FIRST_USE) return [`the first use at ${first} was written late`]
    const isCapped = old.ends <= Math.min(old.started + LONGEST, old.firstUsed + old.grace)
    return isCapped ? [] : ['the old secret goes on beyond its grace']
  }
}
