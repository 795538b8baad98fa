import { hash as digest } from 'node:crypto'
import { type Clock, createWatch } from './clock.ts'
import { createEvictions } from './evictions.ts'
import { BOUND } from './evidence.ts'
import { type Change, createFeed, type ReadFeed } from './feed.ts'
import { hasChecksum, kindOfKey } from './key.ts'
import { createMemory } from './memory.ts'
import { createQuestions, type KeyAnswer, type ReadKey } from './questions.ts'
import { createUnknown } from './unknown.ts'
import { judge, type KnownKey, knownKey, MALFORMED, MISTYPED, UNKNOWN, type Verdict } from './verdict.ts'

/** The database, as far as it is asked. The signal says that nobody waits for the answer any more. */
export type Source = { readKey: ReadKey; readFeed: ReadFeed }

export type Asked = {
  /** Slug or UUID of the one project whose keys are good here. */
  project?: string | undefined
  /** From where the key was used. */
  address?: string | undefined
}

type Options = {
  source: Source
  clock: Clock
  cacheSize: number
  noteUse: (known: KnownKey, now: number, address: string | undefined) => void
}

/**
 * Answers from memory as long as the feed was heard of within the bound, else from the database, else not at all.
 * A key stays in memory while the feed, which tells each change, tells none of it.
 */
export function createVerification({ source, clock, cacheSize, noteUse }: Options) {
  const watch = createWatch(clock)
  const memory = createMemory(cacheSize)
  const unknown = createUnknown(clock)
  const evictions = createEvictions()

  const forgetAll = () => {
    evictions.doubt()
    memory.forgetAll()
  }
  const forget = (changes: Change[]) => {
    if (changes.some(({ hash, project }) => hash === null && project === null)) return forgetAll()
    for (const { hash } of changes) if (hash !== null) memory.forget(hash)
    memory.forgetProjects(new Set(changes.flatMap(({ project }) => project ?? [])))
  }
  const beforeFeed = () => {
    const before = evictions.doubts()
    return () => evictions.settle(before)
  }
  const feed = createFeed({ clock, watch, readFeed: source.readFeed, beforeQuestion: beforeFeed, forget, forgetAll })

  /** What was true after the question left is right for who asked. Kept is what nothing that came since puts in doubt. */
  const beforeQuestion = (hash: string) => {
    const before = evictions.doubts()
    return ({ number, facts }: KeyAnswer): KnownKey | null => {
      const isUndoubted = before === evictions.doubts()
      const known = facts && knownKey(facts, watch.wall())
      const applied = feed.applied()
      if (!known && isUndoubted) unknown.add(hash)
      if (known && isUndoubted && applied !== null && number >= applied) memory.set(hash, known)
      return known
    }
  }
  const questions = createQuestions({ clock, watch, readKey: source.readKey, beforeQuestion })

  /** At once where memory may answer, else a promise. */
  const verify = (key: string, asked: Asked = {}): Verdict | Promise<Verdict> => {
    const hash = digest('sha256', key)
    const known = memory.get(hash)
    const now = watch.wall()
    if (known !== undefined && now < known.until && feed.isFresh(now) && !evictions.has(known)) {
      return answer(known, now, asked)
    }
    return ask(key, hash, asked)
  }

  const ask = async (key: string, hash: string, asked: Asked): Promise<Verdict> => {
    if (kindOfKey(key) !== 'run') return MALFORMED
    const known = unknown.has(hash) ? null : await questions.ask(hash)
    if (known) return answer(known, watch.wall(), asked)
    return hasChecksum(key) ? UNKNOWN : MISTYPED
  }

  const answer = (known: KnownKey, now: number, { project, address }: Asked): Verdict => {
    const verdict = judge(known, now, project)
    if (verdict.valid) noteUse(known, now, address)
    return verdict
  }

  /**
   * Forgets a key, or all keys of a project, by UUID. Whoever changes one calls it when the outcome is known, whatever
   * it is, and before telling anybody: from then on this process answers anew.
   */
  const evict = (uuid: string) => {
    evictions.add(uuid)
    questions.forget()
  }

  /** Whoever makes or imports keys calls it when they are there: from then on this process knows them. */
  const clearUnknown = () => {
    evictions.doubt()
    unknown.clear()
    questions.forget()
  }

  const health = () => {
    const { age, failure, slowest } = feed.health()
    return {
      /** ms: what is promised. */
      bound: BOUND,
      /** Whether memory answers now; else each call asks the database. */
      fresh: age <= BOUND,
      /** ms since the feed was last asked a question that it answered; null: never, or a clock was set back. */
      evidence: Number.isFinite(age) ? Math.round(age) : null,
      /** ms: the longest that a change was seen to take from the database to here. */
      slowest: Math.round(slowest),
      /** Why the feed did not answer the last time. */
      failure,
      keys: memory.size(),
      unknown: unknown.size(),
    }
  }
  return { verify, evict, clearUnknown, health, follow: feed.follow, stop: feed.stop }
}
