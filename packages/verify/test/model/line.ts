import { isSameEpoch, type Origin } from '../../src/epoch.ts'
import type { FeedAnswer } from '../../src/feed.ts'
import { STALENESS_BOUND } from '../../src/freshness.ts'
import type { KeyAnswer } from '../../src/lookups.ts'
import { contains, type Snapshot } from '../../src/snapshot.ts'
import { DATABASE_TIMEOUT } from '../../src/timeout.ts'
import type { Source } from '../../src/verification.ts'
import type { Cluster, Role } from './cluster.ts'
import { askFeed, askKey, type Server } from './server.ts'
import type { KeyName } from './state.ts'
import type { Time } from './time.ts'
import type { Tried } from './tried.ts'

/**
 * The fate of a process's questions: ms until the snapshot, ms for which the backend is frozen then, ms until the answer,
 * whether it comes, and which server each kind of question gets to, because a pooler may be in between.
 */
export type Line = {
  forth: number
  frozen?: number
  back: number
  fate: 'answered' | 'lost' | 'cut' | 'refused'
  key?: Role
  feed?: Role
}

type Options = {
  time: Time
  cluster: Cluster
  hashes: Record<KeyName, string>
  tried: Tried
  /** Runs what comes in, later when the process is frozen. */
  inside: (run: () => void) => void
}
type Question = { hash: string | null; left: number }

/** The line of a process to the database, which notes what came over it and is on its way. */
export function createLine({ time, cluster, hashes, tried, inside }: Options) {
  let line: Line = { forth: 1, back: 1, fate: 'answered' }
  let told: Origin | null = null
  /** The old primaries that answered. */
  const oldServers = new Set<Server>()
  const open = new Set<Question>()
  let answers = 0
  let refusedAt: number | null = null

  const send = <Answer extends { origin: Origin | null }>(
    hash: string | null,
    ask: (server: Server) => () => Answer | null,
    heard: (answer: Answer) => void,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { forth, frozen = 0, back, fate, key, feed } = line
      const role = (hash === null ? feed : key) ?? 'leader'
      const question = { hash, left: time.now() }
      const before = answers
      open.add(question)
      const over = (then: () => void) =>
        time.after(back, () =>
          inside(() => {
            open.delete(question)
            then()
          }),
        )
      time.after(forth, () => {
        const server = cluster.server(role)
        const isOld = server !== cluster.leader() && !server.inRecovery
        const finish = ask(server)
        time.after(frozen, () => {
          const answer = finish()
          if (fate === 'lost') return
          over(() => {
            if (fate === 'refused') {
              // A process that has given up by then hears nothing of it.
              if (before === answers && time.now() - question.left < DATABASE_TIMEOUT) refusedAt = answers
              return reject(Object.assign(new Error('refused'), { code: '28P01' }))
            }
            if (fate === 'cut' || !answer) return reject(Object.assign(new Error('cut'), { code: 'ECONNRESET' }))
            if (answer.origin) answers += 1
            if (isOld) oldServers.add(server)
            tried.note('an answer of an old primary that lives on', isOld)
            heard(answer)
            resolve(answer)
          })
        })
      })
    })

  const heardKey = ({ origin }: KeyAnswer) => {
    tried.note('an answer for a key by a replica', origin === null)
    tried.note('an answer for a key before the feed told anything', told === null)
    if (!origin || !told) return
    const isSame = isSameEpoch(origin, told)
    tried.note('an answer for a key from another epoch than the feed', !isSame)
    tried.note(
      'an answer for a key that is older than what the feed told',
      isSame && !contains(origin.snapshot, told.snapshot),
    )
  }
  const heardFeed = (since: Snapshot | null, { origin, horizon, changes }: FeedAnswer) => {
    if (!origin) return tried.note('an answer of the feed by a replica')
    const isNew = told !== null && !isSameEpoch(origin, told)
    const isSwept = since !== null && horizon !== null && !contains(since, horizon)
    tried.note('a new epoch of the feed', isNew)
    tried.note('a new epoch in which the ids went back', isNew && since !== null && origin.snapshot.xmax < since.xmax)
    tried.note('changes that were swept unread', !isNew && isSwept)
    const isTold = !isNew && !isSwept
    tried.note('an end of a key told by the feed', isTold && changes.some(({ hash }) => hash !== null))
    tried.note('an end of a project told by the feed', isTold && changes.some(({ project }) => project !== null))
    tried.note(
      'a change told while an older transaction runs',
      isTold && changes.length > 0 && origin.snapshot.running.length > 0,
    )
    told = origin
  }
  const source: Source = {
    readKey: (hash) => send(hash, (server) => askKey(server, hashes, hash), heardKey),
    readFeed: (since) =>
      send(
        null,
        (server) => askFeed(server, since),
        (answer) => heardFeed(since, answer),
      ),
  }
  const isOpen = (kind: 'key' | 'feed') => [...open].some(({ hash }) => (hash === null) === (kind === 'feed'))
  const isOld = (hash: string) =>
    [...open].some((question) => question.hash === hash && time.now() - question.left > STALENESS_BOUND)
  const set = (next: Line) => {
    line = next
  }
  /** Whether an old primary of the leader's cluster has answered. */
  const hasHeardOld = () => [...oldServers].some((server) => server !== cluster.leader())
  /** Whether the latest that a primary said is an error. */
  const isRefused = () => refusedAt === answers
  return { source, set, isRefused, isOpen, isOld, hasHeardOld }
}
