import { hash } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from './clock.ts'
import type { Origin } from './epoch.ts'
import { generateKey } from './key.ts'
import { PLAIN } from './key-settings.ts'
import type { KeyAnswer } from './lookups.ts'
import { createTimelines } from './timelines.ts'
import { createVerification } from './verification.ts'

/** An answer of a primary whose transactions with ids below `xmax` are over. */
const originAt = (xmax: number, epoch = 'first'): Origin => ({
  system: 'one',
  timeline: 1,
  epoch,
  snapshot: { text: `${xmax}:${xmax}:`, xmax: BigInt(xmax), running: [] },
})
const NOTHING: KeyAnswer = { origin: originAt(7), facts: null }
const FACTS = {
  uuid: 'u',
  name: 'ci',
  project: { uuid: 'p', slug: 'p' },
  revoked: null,
  projectDeleted: null,
  secret: 'current' as const,
  settings: PLAIN,
}
const FOUND: KeyAnswer = { origin: originAt(7), facts: { ...FACTS, expiration: Date.now() + 600_000 } }

/** A database that answers when the test tells it to. */
function slowDatabase() {
  const lookups: { hash: string; answer: (answer: KeyAnswer) => void }[] = []
  const feed: { origin: Origin | null } = { origin: originAt(7) }
  const source = {
    readKey: (hash: string) => new Promise<KeyAnswer>((answer) => lookups.push({ hash, answer })),
    readFeed: async () => ({ origin: feed.origin, horizon: null, changes: [] }),
  }
  return { lookups, feed, source }
}

async function start({ xmax = 7, clock = systemClock, staleIfDown = 0 } = {}) {
  const { lookups, feed, source } = slowDatabase()
  feed.origin = originAt(xmax)
  const timelines = createTimelines()
  const verification = createVerification({
    source,
    clock,
    timelines,
    staleIfDown,
    cacheSize: 10,
    recordUse: () => {},
    recordFirstUse: () => {},
    takeCall: (cached) => cached.yes,
  })
  await verification.keepPolling()
  verification.stop()
  // These lookups are no longer awaited, so a timeout of theirs would be an unhandled error.
  onTestFinished(() => lookups.forEach(({ answer }) => void answer(NOTHING)))
  return { lookups, feed, ...verification }
}

test('concurrent calls for one key share one query', async () => {
  const { verify, lookups } = await start()
  const key = generateKey('test', 'run')
  const answers = [verify(key), verify(key), verify(key)]
  expect(lookups.map((lookup) => lookup.hash)).toEqual([hash('sha256', key)])
  lookups[0]?.answer(FOUND)
  for (const answer of answers) expect(await answer).toMatchObject({ valid: true })
})

test('a lookup that was answered is over: if its answer is not cached, the next call asks anew', async () => {
  const { verify, lookups } = await start({ xmax: 8 })
  const key = generateKey('test', 'run')
  const first = verify(key)
  lookups[0]?.answer(FOUND)
  await first
  verify(key)
  expect(lookups).toHaveLength(2)
})

test('an answer that was under way when a key was created here does not keep it unknown', async () => {
  const { verify, lookups, clearUnknown } = await start()
  const key = generateKey('test', 'run')
  const early = verify(key)
  clearUnknown()
  lookups[0]?.answer(NOTHING)
  expect(await early).toMatchObject({ reason: 'unknown' })
  const late = verify(key)
  lookups[1]?.answer(FOUND)
  expect(await late).toMatchObject({ valid: true })
})

test('an answer that was under way when a key was evicted here is neither cached nor given to later callers', async () => {
  const { verify, lookups, evict } = await start()
  const key = generateKey('test', 'run')
  const early = verify(key)
  evict('u')
  const late = verify(key)
  lookups[0]?.answer(FOUND)
  expect(await early).toMatchObject({ valid: true })
  expect(verify(key)).toBeInstanceOf(Promise)
  lookups[1]?.answer(NOTHING)
  expect(await late).toMatchObject({ valid: false })
})

test('an answer that was under way when a backup was restored is not cached', async () => {
  const { verify, lookups, feed, keepPolling, stop } = await start()
  const key = generateKey('test', 'run')
  const early = verify(key)
  feed.origin = originAt(3, 'second')
  await keepPolling()
  stop()
  lookups[0]?.answer(FOUND)
  expect(await early).toMatchObject({ valid: true })
  expect(verify(key)).toBeInstanceOf(Promise)
})

test('a key that was cached a minute ago is looked up again, because its name may have changed', async () => {
  let later = 0
  const clock = { ...systemClock, wall: () => Date.now() + later }
  const { verify, lookups, keepPolling, stop } = await start({ clock })
  const key = generateKey('test', 'run')
  const first = verify(key)
  lookups[0]?.answer(FOUND)
  await first
  for (const [ms, kept] of [
    [59_000, true],
    [61_000, false],
  ] as const) {
    later = ms
    await keepPolling()
    stop()
    expect(verify(key) instanceof Promise).toBe(!kept)
  }
})

test('while the database is away a known key stays good, tells the age of the evidence, and expires as ever', async () => {
  let later = 0
  const clock = { ...systemClock, wall: () => Date.now() + later }
  const { verify, lookups, feed, keepPolling, stop } = await start({ clock, staleIfDown: 60 })
  const key = generateKey('test', 'run')
  const first = verify(key)
  lookups[0]?.answer({ ...FOUND, facts: { ...FACTS, expiration: Date.now() + 20_000 } })
  expect(await first).not.toHaveProperty('evidenceAge')

  later = 9_500
  feed.origin = null
  await keepPolling()
  stop()
  const late = verify(key)
  lookups[1]?.answer({ origin: null, facts: null })
  expect(await late).toMatchObject({ valid: true, evidenceAge: 10 })
  expect(verify(key)).toMatchObject({ valid: true, evidenceAge: 10 })
  later = 20_001
  expect(verify(key)).toMatchObject({ valid: false, reason: 'expired', evidenceAge: expect.any(Number) })
  later = 61_100
  expect(verify(key)).toBeInstanceOf(Promise)
})

test('guesses evict no good key, and their cache is bounded', async () => {
  const { verify, lookups, health } = await start()
  const key = generateKey('test', 'run')
  const good = verify(key)
  lookups[0]?.answer(FOUND)
  await good
  for (let n = 0; n < 10_050; n++) {
    const guess = verify(generateKey('test', 'run'))
    lookups.at(-1)?.answer(NOTHING)
    await guess
  }
  expect(health().keys).toBe(1)
  expect(health().unknown).toBeLessThanOrEqual(10_000)
})

test('a guess that is repeated within two seconds sends no query', async () => {
  const { verify, lookups } = await start()
  const guess = generateKey('test', 'run')
  const first = verify(guess)
  lookups[0]?.answer(NOTHING)
  await first
  expect(await verify(guess)).toMatchObject({ reason: 'unknown' })
  expect(lookups).toHaveLength(1)
})
