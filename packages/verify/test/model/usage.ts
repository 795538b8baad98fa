import fc from 'fast-check'
import { PLAIN } from '../../src/key-settings.ts'
import { createUsageCounter, type Use } from '../../src/usage-counter.ts'
import { type CachedKey, cachedKey } from '../../src/verdict.ts'
import { createTime, type Time } from './time.ts'

/** `use`: a call with a key. `read`: the key is read from the database again, as after it was evicted. */
export type UsageStep =
  | { kind: 'use' | 'read'; key: number }
  | { kind: 'wait'; ms: number }
  | { kind: 'database'; away: boolean; latency: number }

const KEYS = 6
const key = fc.nat(KEYS - 1)
const wait = (most: number) => fc.record({ kind: fc.constant<'wait'>('wait'), ms: fc.nat(most) })
export const usageStep: fc.Arbitrary<UsageStep> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant<'use'>('use'), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant<'read'>('read'), key }) },
  { weight: 3, arbitrary: wait(3000) },
  { weight: 1, arbitrary: wait(90_000) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant<'database'>('database'),
      away: fc.boolean(),
      latency: fc.integer({ min: 1, max: 400 }),
    }),
  },
)

/** A database that takes uses after its latency, or refuses them after 2 s while it is away. `since`: when all go through. */
export function createUsageDatabase(time: Time) {
  const state = { away: false, latency: 5, since: 0, writing: 0, mostWriting: 0 }
  const batches: { at: number; uses: Use[] }[] = []
  const writeUses = async (uses: Use[]) => {
    state.writing += 1
    state.mostWriting = Math.max(state.mostWriting, state.writing)
    const { away, latency } = state
    await new Promise<void>((over) => time.after(away ? 2000 : latency, over))
    state.writing -= 1
    if (away) throw new Error('The database gave no answer within 2 s.')
    batches.push({ at: time.now(), uses })
  }
  const set = (away: boolean, latency: number) => {
    // A write that left while it was away is refused all the same.
    if (state.away && !away) state.since = time.now() + 2000
    Object.assign(state, { away, latency })
  }
  return { state, batches, writeUses, set }
}

/** A counter beside such a database. `stop` stops it and lets time go by until it has. */
export function startCounting() {
  const time = createTime()
  const database = createUsageDatabase(time)
  const counter = createUsageCounter({ monotonic: time.now, wall: time.now, after: time.after }, database.writeUses)
  counter.keepWriting()
  const stop = async () => {
    let over = false
    counter.stop().then(() => {
      over = true
    })
    while (!over) await time.runUntil(time.now() + 100)
  }
  return { time, database, record: counter.record, stop }
}

/** A key as a lookup found it. */
export const found = (uuid: string): CachedKey =>
  cachedKey(
    {
      uuid,
      name: 'ci',
      project: { uuid: 'p', slug: 'p' },
      expiration: 0,
      revoked: null,
      projectDeleted: null,
      secret: 'current',
      settings: PLAIN,
    },
    0,
  )

type Call = { uuid: string; at: number }

/** Lives a story and stops. `late`: calls that were not written in time though the database was there. */
export async function liveUsage(story: UsageStep[]) {
  const { time, database, record, stop } = startCounting()
  const cached = new Map<number, CachedKey>()
  const calls: Call[] = []
  const late: string[] = []

  const findLate = () => {
    if (database.state.away) return
    for (const call of unwritten(calls, writtenOf(database.batches))) {
      const before = calls.some(({ uuid, at }) => uuid === call.uuid && at < call.at && at > call.at - 120_000)
      const age = time.now() - Math.max(call.at, database.state.since)
      if (age > (before ? 60_000 : 2000)) late.push(`${call.uuid} at ${call.at} was not written at ${time.now()}`)
    }
  }
  const live = async (step: UsageStep) => {
    if (step.kind === 'database') return database.set(step.away, step.latency)
    if (step.kind === 'wait') {
      await time.runUntil(time.now() + step.ms)
      return findLate()
    }
    const key = (step.kind === 'use' && cached.get(step.key)) || found(`key ${step.key}`)
    cached.set(step.key, key)
    if (step.kind === 'read') return
    record(key, time.now(), undefined)
    calls.push({ uuid: key.yes.key.uuid, at: time.now() })
  }
  for (const step of story) await live(step)
  database.set(false, 5)
  await stop()
  return { calls, late, written: writtenOf(database.batches), mostWriting: database.state.mostWriting }
}

const writtenOf = (batches: { uses: Use[] }[]) => batches.flatMap(({ uses }) => uses)

/** How many calls of a key were written. */
export const callsOf = (uses: Use[], key: string) =>
  uses.reduce((sum, { uuid, calls }) => (uuid === key ? sum + calls : sum), 0)

/** The calls of each key after those that were written. */
function unwritten(calls: Call[], written: Use[]): Call[] {
  const keys = [...new Set(calls.map(({ uuid }) => uuid))]
  return keys.flatMap((key) => calls.filter(({ uuid }) => uuid === key).slice(callsOf(written, key)))
}
