import { hash } from 'node:crypto'
import { generateKey } from '../../src/key.ts'
import { DATABASE_TIMEOUT } from '../../src/timeout.ts'
import type { Verdict } from '../../src/verdict.ts'
import { createCluster, type Event } from './cluster.ts'
import { createEndings } from './endings.ts'
import type { Line } from './line.ts'
import { createProcess } from './process.ts'
import { begin, end as endTransaction, KEYS, type KeyName, prepare, projectOf, runs, type Work } from './state.ts'
import { createTime } from './time.ts'
import type { Tried } from './tried.ts'

const EVERY = 40 // ms between two calls of a process for a key …
const RARELY = 400 // … and when all is calm
/** This process lets keys stay good while the database is away, for so many seconds. */
const STALE = 1
const STALE_IF_DOWN = 2
const START = 1 // ms until all begin, on a line that the story may have changed
const CALM = 7000 // ms at the end, in which nothing goes wrong any more …
const SETTLED = 5000 // … and after which all is well again: the longest sleep, and a question that was lost in it

/**
 * A key is ended by a process (`by`), or by somebody else: changed `forth` ms later, committed `open` ms after that, and
 * acknowledged `back` after that. With a savepoint it takes two `ids`.
 */
type Ending = { key: KeyName; by: number | null; forth: number; back: number; open?: number; ids?: number; how?: How }
type How = 'commit' | 'abort' | 'prepare'

/** One event, `wait` ms after the one before. */
export type Step = { wait: number } & (
  | ({ does: 'revoke' } & Ending)
  | ({ does: 'delete the project' } & Ending)
  | { does: 'rename'; key: KeyName; by: number; forth: number; back: number }
  | { does: 'make'; by: number | null; forth: number; back: number }
  | { does: Event }
  | { does: 'line'; process: number; line: Line }
  | { does: 'freeze' | 'sleep'; process: number; ms: number; setBack: number }
  | { does: 'set the wall clock'; process: number; ms: number }
)

/** A call to verify; the answer is null where there was an error, and undefined as long as there is none. */
type Call = {
  name: string
  began: number
  latestYes: number
  leastRenames: number
  isAstray: boolean
  isWronglyStale: boolean
  mayBeRefused: boolean
  mayBeUnknown: boolean
  isMade: boolean
  fromMemory: boolean
  answer?: Verdict | null
}

const newText = () => generateKey('model', 'run')
const texts = { a: newText(), b: newText(), c: newText(), d: newText() }
const hashOf = (key: KeyName) => hash('sha256', texts[key])
const hashes = { a: hashOf('a'), b: hashOf('b'), c: hashOf('c'), d: hashOf('d') }

/** Lives through a story while every process asks for every key all the time, and tells what should not have been. */
export async function live(story: Step[], processes: number, tried: Tried) {
  const time = createTime()
  const cluster = createCluster()
  const all = Array.from({ length: processes }, (_, n) =>
    createProcess({ time, cluster, hashes, tried, staleIfDown: n === STALE ? STALE_IF_DOWN : 0 }),
  )
  const endings = createEndings()
  const calls: Call[] = []

  const call = (process: (typeof all)[number], n: number, key: KeyName) => {
    if (process.isFrozen()) return
    const { verdict, isWronglyStale } = process.verify(texts[key], hashes[key])
    const call: Call = {
      name: `${key} in process ${n}`,
      began: time.now(),
      latestYes: endings.latestYes(key, n, process.bound),
      isWronglyStale,
      leastRenames: endings.leastRenames(key, n),
      isAstray: process.isAstray(),
      mayBeRefused: endings.mayBeRefused(key),
      mayBeUnknown: endings.mayBeUnknown(key, n),
      isMade: endings.isMade(key),
      fromMemory: !(verdict instanceof Promise),
    }
    calls.push(call)
    const answered = (answer: Verdict | null) => {
      call.answer = answer
      call.mayBeRefused = endings.mayBeRefused(key)
      call.isAstray ||= process.isAstray()
      // Something may have been lost meanwhile.
      call.mayBeUnknown ||= endings.mayBeUnknown(key, n)
      call.isMade &&= endings.isMade(key)
      call.latestYes = Math.max(call.latestYes, endings.latestYes(key, n, process.bound))
      call.leastRenames = Math.min(call.leastRenames, endings.leastRenames(key, n))
    }
    if (verdict instanceof Promise) verdict.then(answered, () => answered(null))
    else answered(verdict)
  }
  const callAll = () => {
    for (const [n, process] of all.entries()) for (const key of KEYS) call(process, n, key)
    time.after(time.now() > over + SETTLED / 2 ? RARELY : EVERY, callAll)
  }

  const happen = (step: Step) => {
    switch (step.does) {
      case 'revoke':
        return end(step, [step.key], step.key, {
          apply: ({ revoked }) => void revoked.add(step.key),
          told: [{ hash: hashes[step.key], project: null }],
        })
      case 'delete the project': {
        const project = projectOf(step.key)
        const keys = KEYS.filter((key) => projectOf(key) === project)
        const apply: Work['apply'] = ({ deleted }) => void deleted.add(project)
        return end(step, keys, project, { apply, told: [{ hash: null, project }] })
      }
      case 'make':
        return make(step)
      case 'rename':
        return rename(step)
      case 'line':
        return all[step.process]?.setLine(step.line)
      case 'freeze':
        return all[step.process]?.freeze(step.ms, step.setBack)
      case 'sleep':
        return all[step.process]?.sleep(step.ms, step.setBack)
      case 'set the wall clock':
        return all[step.process]?.setWall(step.ms)
      default:
        cluster.happen(step.does)
        tried.note('a revocation that was lost', endings.lose(cluster.leader().state))
    }
  }
  /** A transaction of one statement, which the feed does not report. */
  const write = (apply: Work['apply']) => {
    const { state, system } = cluster.leader()
    endTransaction(state, begin(state, { apply, told: [] }), system)
  }
  const rename = ({ key, by, forth, back }: Ending & { by: number }) => {
    time.after(forth, () => {
      write(({ renames }) => void renames.set(key, (renames.get(key) ?? 0) + 1))
      const times = cluster.leader().state.renames.get(key) ?? 0
      time.after(back, () =>
        all[by]?.inside(() => {
          all[by]?.evict(key, false)
          endings.rename(key, by, Math.min(times, cluster.leader().state.renames.get(key) ?? 0))
        }),
      )
    })
  }
  const make = ({ by, forth, back }: Omit<Ending, 'key'>) => {
    const process = by === null ? undefined : all[by]
    const acknowledge = () => {
      process?.clearUnknown()
      if (cluster.leader().state.made.has('d')) endings.make('d', by)
    }
    time.after(forth, () => {
      write(({ made }) => void made.add('d'))
      time.after(back, () => (process ? process.inside(acknowledge) : acknowledge()))
    })
  }
  const end = (ending: Ending, keys: KeyName[], uuid: string, work: Work) => {
    const { by, forth, back, open = 0, ids = 1, how = 'commit' } = ending
    const process = by === null ? undefined : all[by]
    /** A failure evicts, too. */
    const acknowledge = () => {
      process?.evict(uuid, uuid !== keys[0])
      const { revoked, deleted } = cluster.leader().state
      const ended = keys.filter((key) => revoked.has(key) || deleted.has(projectOf(key)))
      endings.acknowledge(ended, by, time.now())
    }
    const commit = (id: number, began: ReturnType<typeof cluster.leader>) => {
      // What was prepared is committed on whatever primary there is then.
      const server = how === 'prepare' ? cluster.leader() : began
      if (!runs(server.state, id, work)) return
      tried.note('a prepared transaction that outlived a server', server !== began)
      endTransaction(server.state, id, server.system, how !== 'abort')
    }
    endings.begin(keys)
    time.after(forth, () => {
      const server = cluster.leader()
      const id = begin(server.state, work, ids)
      if (how === 'prepare') prepare(server.state, id)
      time.after(open, () => {
        commit(id, server)
        time.after(back, () => (process ? process.inside(acknowledge) : acknowledge()))
      })
    })
  }

  const over = story.reduce((at, step) => {
    time.after(at + step.wait, () => happen(step))
    return at + step.wait
  }, 0)
  time.after(START, () => {
    for (const { keepPolling } of all) keepPolling()
    callAll()
  })
  time.after(over, () => {
    for (const process of all) process.setLine({ forth: 1, back: 1, fate: 'answered' })
  })
  await time.runUntil(over + CALM)
  for (const { stop } of all) stop()
  return { faults: calls.flatMap((call) => faultOf(call, over) ?? []), calls }
}

/** `over`: when nothing went wrong any more. */
function faultOf(call: Call, over: number): string | null {
  const { name, began, latestYes, mayBeRefused, isMade, fromMemory, answer } = call
  const mayBeUnknown = call.mayBeUnknown && !(isMade && began > over + SETTLED)
  const isUnknown = answer?.valid === false && answer.reason === 'unknown'
  if (call.isWronglyStale) return `${name}: told the age of the evidence at ${began}`
  if (call.isAstray && answer !== undefined) return null
  if (isUnknown && !mayBeUnknown) return `${name}: unknown at ${began}, though it was made`
  if (isUnknown) return null
  if (answer?.valid && Number(answer.key.name) < call.leastRenames) return `${name}: an old name at ${began}`
  if (answer?.valid && began > latestYes) return `${name}: yes at ${began}, which is late after ${latestYes}`
  if (answer?.valid === false && !mayBeRefused) return `${name}: ${answer.reason} at ${began}, though it was good`
  if (answer === undefined && began < over + CALM - DATABASE_TIMEOUT) return `${name}: no answer at all at ${began}`
  if (began < over + SETTLED) return null
  if (answer === null) return `${name}: an error at ${began}, when all was calm`
  return fromMemory ? null : `${name}: not from memory at ${began}, when all was calm`
}
