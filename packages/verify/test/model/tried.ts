/** Situations that the guards are for: a run of stories in which one never came up has not tried its guard. */
export const SITUATIONS = [
  'a call when the evidence is older than the bound',
  'a call when only the wall clock tells that the evidence is old',
  'a call when the wall clock was set back since the evidence',
  'a call for a key whose open question is older than the bound',
  'a call of a process that knows only an old primary',
  'a change of this process while a key is asked for',
  'a change of this process while the feed is asked',
  'a change of this process that only the project tells',
  'a key made by this process that it holds to be unknown',
  'a key made by this process while it is asked for',
  'an answer for a key that is older than what the feed told',
  'an answer for a key before the feed told anything',
  'an answer for a key from another epoch than the feed',
  'an answer for a key by a replica',
  'an answer of the feed by a replica',
  'an answer of an old primary that lives on',
  'an end of a key told by the feed',
  'an end of a project told by the feed',
  'a change told while an older transaction runs',
  'changes that were swept unread',
  'a new epoch of the feed',
  'a new epoch in which the ids went back',
  'an answer of the cache while the database is away',
  'a call after a primary answered with another error',
  'a revocation that was lost',
  'a prepared transaction that outlived a server',
] as const
export type Situation = (typeof SITUATIONS)[number]

/** Counts how often each situation came up. */
export function createTried() {
  const counts = new Map<Situation, number>(SITUATIONS.map((situation) => [situation, 0]))
  const note = (situation: Situation, came = true) => {
    if (came) counts.set(situation, (counts.get(situation) ?? 0) + 1)
  }
  return { note, never: () => SITUATIONS.filter((situation) => !counts.get(situation)) }
}

export type Tried = ReturnType<typeof createTried>
