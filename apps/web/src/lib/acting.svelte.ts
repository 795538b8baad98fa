import type { Failure } from './failures.ts'
import { post } from './post.ts'
import { selecting } from './selecting.svelte.ts'
import { type Act, addImpacts, addOutcomes, batchesOf, noOutcomes, type Outcomes, type Question } from './selection.ts'

type Progress = { done: number; all: number }
type Acting = { question: Question | null; progress: Progress | null; failure: Failure | null; isBusy: boolean }
const idle: Acting = { question: null, progress: null, failure: null, isBusy: false }
const state = $state<Acting>({ ...idle })
/** Of the parts that are done, where a later one failed. */
let outcomes: Outcomes = noOutcomes

/** An act on the selected keys: what it means, and how far it is. More than 1,000 keys need several requests. */
export const acting = {
  get question() {
    return state.question
  },
  get progress() {
    return state.progress
  },
  get failure() {
    return state.failure
  },
  get isBusy() {
    return state.isBusy
  },
  get count() {
    return selecting.count
  },

  /** Asks what the act would mean. */
  async ask(base: string, act: Act) {
    Object.assign(state, idle, { isBusy: true })
    outcomes = noOutcomes
    const parts: Question[] = []
    for (const keys of batchesOf(selecting.uuids)) {
      const answer = await post<{ question: Question }>(`${base}/selection?/ask`, { act, keys: keys.join(' ') })
      if ('failure' in answer) {
        Object.assign(state, idle, { failure: answer.failure })
        return
      }
      parts.push(answer.data.question)
    }
    const impact = parts.map((part) => part.impact).reduce(addImpacts)
    Object.assign(state, idle, { question: { act, uuids: [], impact, matching: null } satisfies Question })
  },

  /** Whether all of it is done. Keys that a failure leaves stay selected. */
  async carryOut(base: string, fields: Record<string, string>): Promise<boolean> {
    const { question } = state
    if (!question) return false
    const before = state.progress?.done ?? 0
    const all = before + selecting.count
    Object.assign(state, { isBusy: true, failure: null })
    for (const keys of batchesOf(selecting.uuids)) {
      const action = `${base}/selection?/${question.act}`
      const answer = await post<{ outcomes: Outcomes }>(action, { ...fields, keys: keys.join(' ') })
      if ('failure' in answer) {
        Object.assign(state, { isBusy: false, failure: answer.failure })
        return false
      }
      outcomes = addOutcomes(outcomes, answer.data.outcomes)
      selecting.forget(keys)
      if (all > keys.length) state.progress = { done: all - selecting.count, all }
    }
    selecting.finish({ act: question.act, outcomes })
    Object.assign(state, idle)
    return true
  },

  /** The part that is done so far is told, even if people do not go on. */
  close() {
    if (state.question && state.progress) selecting.finish({ act: state.question.act, outcomes })
    Object.assign(state, idle)
  },
}
