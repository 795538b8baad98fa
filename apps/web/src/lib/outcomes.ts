import type { Act, Outcomes } from './selection.ts'
import { number } from './times.ts'
import { words } from './words/en.ts'

/** The outcomes of selected keys. */
export type Done = { act: Act; outcomes: Outcomes }

const texts = words.selection.outcomes

/** One sentence for each outcome, with the number of keys that had it. */
export function outcomeText({ act, outcomes }: Done): string {
  const { counts, reasons } = outcomes
  const sentence = (outcome: string, text: (count: number, formatted: string) => string) => {
    const count = counts[outcome] ?? 0
    return count > 0 ? [text(count, number(count))] : []
  }
  const did = act === 'revoke' ? 'revoked' : 'renewed'
  const already = act === 'revoke' ? 'already_revoked' : 'revoked'
  const sentences = [
    ...sentence(did, texts[did]),
    ...sentence(already, texts.alreadyRevoked),
    ...Object.entries(reasons).map(([reason, count]) => texts.refused(count, number(count), reason)),
    ...sentence('not_found', texts.notFound),
  ]
  return sentences.join(' ')
}

/** Whether all keys are what they were to become. */
export const isWhole = ({ act, outcomes }: Done): boolean =>
  Object.keys(outcomes.counts).every((outcome) => outcome === (act === 'revoke' ? 'revoked' : 'renewed'))
