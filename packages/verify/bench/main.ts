import { hash } from 'node:crypto'
import { systemClock } from '../src/clock.ts'
import { generateKey } from '../src/key.ts'
import { PLAIN } from '../src/key-settings.ts'
import { createLimits } from '../src/limits.ts'
import { createTimelines } from '../src/timelines.ts'
import { createUsageCounter } from '../src/usage-counter.ts'
import type { Facts } from '../src/verdict.ts'
import { createVerification } from '../src/verification.ts'

// Compares a verification from the cache with the least it could cost, one SHA-256 and one lookup in a Map, and measures
// the memory of a key. Both take turns, so that a machine that is slower for a while is slower for both.

const KEYS = 100_000
const TURNS = 41

const keys = Array.from({ length: KEYS }, () => generateKey('bencher', 'run'))
/** One flat string, as the driver returns it: a concatenated string takes more memory. */
const received = (text: string) => Buffer.from(text).toString('latin1')
const factsOf = () => ({
  uuid: received(crypto.randomUUID()),
  name: received(`ci-${Math.random().toString(36).slice(2, 8)}`),
  project: {
    uuid: received(crypto.randomUUID()),
    slug: received(`example-${Math.random().toString(36).slice(2, 6)}`),
  },
  expiration: Date.now() + 90 * 24 * 60 * 60 * 1000,
  revoked: null,
  projectDeleted: null,
  secret: 'current' as const,
  settings: PLAIN,
})
const limitedFacts = () => ({
  ...factsOf(),
  settings: { ...PLAIN, rate_limit: { requests: 1_000_000, seconds: 86_400 } },
})

const origin = { system: '1', timeline: 1, epoch: '1', snapshot: { text: '1:1:', xmax: 1n, running: [] } }
const limits = createLimits(systemClock, async () => [])
const usage = createUsageCounter(systemClock, async () => {})
const verifying = (readFacts: () => Facts) =>
  createVerification({
    clock: systemClock,
    timelines: createTimelines(),
    staleIfDown: 0,
    cacheSize: KEYS,
    recordUse: usage.record,
    recordFirstUse: () => {},
    takeCall: limits.take,
    source: {
      readKey: async () => ({ origin, facts: readFacts() }),
      readFeed: async () => ({ origin, horizon: null, changes: [] }),
    },
  })
const verification = verifying(factsOf)
const limited = verifying(limitedFacts)
await limited.keepPolling()
await verification.keepPolling()

const before = heap()
for (const key of keys) await verification.verify(key)
await usage.stop()
const bytes = (heap() - before) / verification.health().keys

for (const key of keys) await limited.verify(key)
const floor = new Map(keys.map((key) => [hash('sha256', key), { valid: true }]))
const byFloor = () => keys.reduce((good, key) => (floor.get(hash('sha256', key))?.valid ? good + 1 : good), 0)
const byVerify = (by: typeof verification) =>
  keys.reduce((good, key) => {
    const verdict = by.verify(key)
    return !(verdict instanceof Promise) && verdict.valid ? good + 1 : good
  }, 0)

const times: { floor: number; verify: number; limited: number }[] = []
/** Leaves time for a poll before, as in a real service. */
const timed = async (work: () => number) => {
  await new Promise((over) => setTimeout(over, 20))
  return timeOf(work)
}
for (let turn = 0; turn < TURNS; turn++) {
  times.push({
    floor: await timed(byFloor),
    verify: await timed(() => byVerify(verification)),
    limited: await timed(() => byVerify(limited)),
  })
  await usage.stop()
}
verification.stop()
limited.stop()

const row = (...columns: string[]) => console.log(`| ${columns.join(' | ')} |`)
console.log(`Node ${process.version}, ${KEYS.toLocaleString('en')} keys in memory, medians of ${TURNS} turns.\n`)
row('In the process', 'ns of CPU a call', 'ratio')
row('---', '---:', '---:')
row('one SHA-256 and one look-up', median(times.map((time) => time.floor)).toFixed(0), '1.00')
row(
  'verify a key from memory',
  median(times.map((time) => time.verify)).toFixed(0),
  median(times.map(({ floor, verify }) => verify / floor)).toFixed(2),
)
row(
  'verify a key with a limit from memory',
  median(times.map((time) => time.limited)).toFixed(0),
  median(times.map(({ floor, limited }) => limited / floor)).toFixed(2),
)
console.log(
  `\nA limit costs ${median(times.map(({ verify, limited }) => limited / verify)).toFixed(2)} times a call without one.`,
)
console.log(`A key takes ${bytes.toFixed(0)} bytes of memory.`)

/** CPU time of a key in ns. Every verdict must be good, or something else was measured. */
function timeOf(work: () => number): number {
  const start = process.cpuUsage()
  if (work() !== KEYS) throw new Error('The cache must answer for every key.')
  const { user, system } = process.cpuUsage(start)
  return ((user + system) * 1000) / KEYS
}

function heap(): number {
  if (!globalThis.gc) throw new Error('Run it with `node --expose-gc`.')
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}
