import type { Clock } from '../../src/clock.ts'
import { STALENESS_BOUND } from '../../src/freshness.ts'
import { createTimelines } from '../../src/timelines.ts'
import { createVerification, type Source } from '../../src/verification.ts'
import type { Cluster } from './cluster.ts'
import { createLine } from './line.ts'
import type { KeyName } from './state.ts'
import type { Time } from './time.ts'
import type { Tried } from './tried.ts'

type World = { time: Time; cluster: Cluster; hashes: Record<KeyName, string>; tried: Tried; staleIfDown: number }

/** One process that verifies: the real code, on a clock, a line and a scheduler that can each go wrong. */
export function createProcess({ time, cluster, hashes, tried, staleIfDown }: World) {
  let slept = 0
  let wallOff = 1e12
  let seen = 0
  let isUnseen = false
  let backlog: (() => void)[] | null = null

  /** Runs something in this process: later, when it is frozen. */
  const inside = (run: () => void) => (backlog ? backlog.push(run) : run())

  const clock: Clock = {
    monotonic: () => time.now() - slept,
    wall: () => {
      seen = time.now() + wallOff
      isUnseen = false
      return seen
    },
    after: (ms, run) => {
      const due = time.now() - slept + ms
      let callOff = () => {}
      // A timer stands still while the machine sleeps, as the monotonic clock does.
      const wait = (rest: number) => {
        callOff = time.after(rest, () =>
          inside(() => (due > clock.monotonic() ? wait(due - clock.monotonic()) : run())),
        )
      }
      wait(ms)
      return () => callOff()
    },
  }
  const timelines = createTimelines()
  const line = createLine({ time, cluster, hashes, tried, inside })
  /** By both clocks, when the latest question left that the feed answered. */
  let evidence = { monotonic: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY }
  const clocks = () => ({ monotonic: time.now() - slept, wall: time.now() + wallOff })
  const readFeed: Source['readFeed'] = async (since, signal) => {
    const left = clocks()
    const answer = await line.source.readFeed(since, signal)
    if (answer.origin && timelines.isLatest(answer.origin)) evidence = left
    return answer
  }
  const source = { ...line.source, readFeed }
  const verification = createVerification({
    clock,
    source,
    timelines,
    staleIfDown,
    cacheSize: 100,
    recordUse: () => {},
    recordFirstUse: () => {},
    takeCall: (cached) => cached.yes,
  })

  /** Whether no connection has seen the latest primary, but one an old primary: nobody could tell that. */
  const isAstray = () =>
    line.hasHeardOld() && timelines.isLatest({ ...cluster.leader(), timeline: cluster.leader().timeline - 1 })

  /** The connection that writes has seen the primary. */
  const seePrimary = () => timelines.note(cluster.leader())

  /** A call, after a note of what it meets. */
  const verify = (text: string, hash: string) => {
    const { monotonic, wall } = clocks()
    const isFresh = monotonic - evidence.monotonic <= STALENESS_BOUND
    tried.note('a call when the evidence is older than the bound', !isFresh)
    tried.note(
      'a call when only the wall clock tells that the evidence is old',
      isFresh && wall - evidence.wall > STALENESS_BOUND,
    )
    tried.note('a call when the wall clock was set back since the evidence', isFresh && wall < evidence.wall)
    tried.note('a call for a key whose open question is older than the bound', line.isOld(hash))
    tried.note('a call of a process that knows only an old primary', isAstray())
    const verdict = verification.verify(text)
    const isStale = !(verdict instanceof Promise) && verdict.evidenceAge !== undefined
    tried.note('an answer of the cache while the database is away', isStale)
    tried.note('a call after a primary answered with another error', line.isRefused())
    const isFreshByBoth = isFresh && wall >= evidence.wall && wall - evidence.wall <= STALENESS_BOUND
    return { verdict, isWronglyStale: isStale && (staleIfDown === 0 || isFreshByBoth || line.isRefused()) }
  }
  const evict = (uuid: string, isProject: boolean) => {
    tried.note('a change of this process while a key is asked for', line.isOpen('key'))
    tried.note('a change of this process while the feed is asked', line.isOpen('feed'))
    tried.note('a change of this process that only the project tells', isProject)
    seePrimary()
    verification.evict(uuid)
  }
  const clearUnknown = () => {
    tried.note('a key made by this process while it is asked for', line.isOpen('key'))
    tried.note('a key made by this process that it holds to be unknown', verification.health().unknown > 0)
    seePrimary()
    verification.clearUnknown()
  }

  /** As SIGSTOP does: all that comes waits, and is worked through afterwards. The wall clock may be set meanwhile. */
  const freeze = (ms: number, setBack: number) => {
    if (backlog) return
    backlog = []
    wallOff -= setBack
    time.after(ms, () => {
      const waiting = backlog ?? []
      backlog = null
      for (const run of waiting) time.after(0, run)
    })
  }
  /**
   * The machine sleeps, its monotonic clock too. The wall clock is right when it wakes up, or before what it was last
   * seen to be. Nobody could tell a sleep that hides in a setting back that nobody saw: that does not happen here.
   */
  const sleep = (ms: number, setBack: number) => {
    if (backlog || isUnseen) return
    freeze(ms, setBack > 0 ? time.now() + ms + wallOff - seen + setBack : 0)
    isUnseen = setBack > 0
    slept += ms
  }
  return {
    keepPolling: verification.keepPolling,
    stop: verification.stop,
    verify,
    evict,
    clearUnknown,
    bound: STALENESS_BOUND + staleIfDown * 1000,
    isAstray,
    inside,
    freeze,
    sleep,
    isFrozen: () => backlog !== null,
    setWall: (ms: number) => {
      wallOff += ms
    },
    setLine: line.set,
  }
}
