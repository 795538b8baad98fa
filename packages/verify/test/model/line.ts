import { type FeedAnswer, hasGap } from '../../src/feed.ts'
import { STALENESS_BOUND } from '../../src/freshness.ts'
import type { KeyAnswer } from '../../src/lookups.ts'
import type { Source } from '../../src/verification.ts'
import type { Database } from './database.ts'
import type { Time } from './time.ts'
import type { Tried } from './tried.ts'

/** The fate of a process's questions: ms until the snapshot, ms until the answer, and whether it comes. */
export type Line = { forth: number; back: number; fate: 'answered' | 'lost' | 'cut' | 'by a replica' }

type Options = {
  time: Time
  database: Database
  replica: Database
  tried: Tried
  /** Runs what comes in, later when the process is frozen. */
  inside: (run: () => void) => void
}
type Question = { hash: string | null; left: number }

/** The line of a process to the database, which notes what came over it and is on its way. */
export function createLine({ time, database, replica, tried, inside }: Options) {
  let line: Line = { forth: 1, back: 1, fate: 'answered' }
  let told: number | null = null
  const open = new Set<Question>()

  const send = <Answer>(
    hash: string | null,
    read: (from: Database) => Answer & { replica: boolean },
    heard: (answer: Answer & { replica: boolean }) => void,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { forth, back, fate } = line
      const question = { hash, left: time.now() }
      open.add(question)
      const over = (then: () => void) =>
        time.after(back, () =>
          inside(() => {
            open.delete(question)
            then()
          }),
        )
      time.after(forth, () => {
        const answer = fate === 'by a replica' ? { ...read(replica), replica: true } : read(database)
        if (fate === 'lost') return
        over(() => {
          if (fate === 'cut') return reject(new Error('cut'))
          heard(answer)
          resolve(answer)
        })
      })
    })

  const heardKey = ({ replica, number }: KeyAnswer) => {
    tried.note('an answer for a key by a replica', replica)
    tried.note('an answer for a key before the feed told anything', told === null)
    tried.note('an answer for a key that is older than what the feed told', told !== null && number < told)
  }
  const heardFeed = (answer: FeedAnswer) => {
    if (answer.replica) return tried.note('an answer of the feed by a replica')
    const gap = told !== null && hasGap(answer, told)
    tried.note('a gap in what the feed tells', gap)
    tried.note('an end of a key told by the feed', !gap && answer.changes.some(({ hash }) => hash !== null))
    tried.note('an end of a project told by the feed', !gap && answer.changes.some(({ project }) => project !== null))
    told = answer.number
  }
  const source: Source = {
    readKey: (hash) => send(hash, (from) => from.readKey(hash), heardKey),
    readFeed: (since) => send(null, (from) => from.readFeed(since), heardFeed),
  }
  const isOpen = (kind: 'key' | 'feed') => [...open].some(({ hash }) => (hash === null) === (kind === 'feed'))
  const isOld = (hash: string) =>
    [...open].some((question) => question.hash === hash && time.now() - question.left > STALENESS_BOUND)
  const set = (next: Line) => {
    line = next
  }
  return { source, set, isOpen, isOld }
}
