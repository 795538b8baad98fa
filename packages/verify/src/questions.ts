import { type Clock, type Moment, type Watch, within } from './clock.ts'
import { BOUND } from './evidence.ts'
import type { Facts } from './verdict.ts'

/** How long a call waits for the database, in milliseconds. */
export const PATIENCE = 2000

/** A key's facts, null where there is none, and the feed's number: both from one snapshot of the primary. */
export type KeyAnswer = { replica: boolean; number: number; facts: Facts | null }
export type ReadKey = (hash: string, signal: AbortSignal) => Promise<KeyAnswer>

type Options<T> = {
  clock: Clock
  watch: Watch
  readKey: ReadKey
  /** Called before a question for a hash leaves; what it returns is given the answer. */
  beforeQuestion: (hash: string) => (answer: KeyAnswer) => T
}

/** Asks the database for keys, once for all who ask for the same key meanwhile. */
export function createQuestions<T>({ clock, watch, readKey, beforeQuestion }: Options<T>) {
  const open = new Map<string, { left: Moment; answer: Promise<T> }>()

  /** A question that left over the bound ago could be answered by what is too old for who comes now. */
  const ask = (hash: string): Promise<T> => {
    const asked = open.get(hash)
    if (asked && watch.age(asked.left) <= BOUND) return asked.answer
    const question = { left: watch.moment(), answer: askAlone(hash) }
    const over = () => {
      if (open.get(hash) === question) open.delete(hash)
    }
    open.set(hash, question)
    question.answer.then(over, over)
    return question.answer
  }

  const askAlone = async (hash: string): Promise<T> => {
    const take = beforeQuestion(hash)
    try {
      const answer = await within(clock, PATIENCE, (signal) => readKey(hash, signal))
      if (answer.replica) throw new Error('The database is a replica, not the primary.')
      return take(answer)
    } catch (cause) {
      throw new Error('The key can be neither trusted nor refused now, for its database did not tell.', { cause })
    }
  }
  /** Who asks from now on asks anew. */
  const forget = () => open.clear()
  return { ask, forget }
}
