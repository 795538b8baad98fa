import { hash } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from './clock.ts'
import { generateKey } from './key.ts'
import type { KeyAnswer } from './lookups.ts'
import { createVerification } from './verification.ts'

const NOTHING: KeyAnswer = { replica: false, number: 0, facts: null }
const FACTS = { uuid: 'u', name: 'ci', project: { uuid: 'p', slug: 'p' }, revoked: null, projectDeleted: null }
const FOUND: KeyAnswer = { replica: false, number: 0, facts: { ...FACTS, expiration: Date.now() + 600_000 } }

/** A database whose answers come when the test says so. */
function slowDatabase() {
  const questions: { hash: string; answer: (answer: KeyAnswer) => void }[] = []
  const feed = { number: 0 }
  const source = {
    readKey: (hash: string) => new Promise<KeyAnswer>((answer) => questions.push({ hash, answer })),
    readFeed: async () => ({ replica: false, number: feed.number, changes: [] }),
  }
  return { questions, feed, source }
}

async function start({ number = 0, clock = systemClock } = {}) {
  const { questions, feed, source } = slowDatabase()
  feed.number = number
  const verification = createVerification({ source, clock, cacheSize: 10, recordUse: () => {} })
  await verification.keepPolling()
  verification.stop()
  // Nobody waits for these any more, and an error would be nobody's.
  onTestFinished(() => questions.forEach(({ answer }) => void answer(NOTHING)))
  return { questions, feed, ...verification }
}

test('calls for one key at the same time are one question to the database', async () => {
  const { verify, questions } = await start()
  const key = generateKey('test', 'run')
  const answers = [verify(key), verify(key), verify(key)]
  expect(questions.map((question) => question.hash)).toEqual([hash('sha256', key)])
  questions[0]?.answer(FOUND)
  for (const answer of answers) expect(await answer).toMatchObject({ valid: true })
})

test('an answer under way when a key was made here does not keep it unknown', async () => {
  const { verify, questions, clearUnknown } = await start()
  const key = generateKey('test', 'run')
  const early = verify(key)
  clearUnknown()
  questions[0]?.answer(NOTHING)
  expect(await early).toMatchObject({ reason: 'unknown' })
  const late = verify(key)
  questions[1]?.answer(FOUND)
  expect(await late).toMatchObject({ valid: true })
})

test('an answer under way when a key was evicted here is neither kept nor given to who asks afterwards', async () => {
  const { verify, questions, evict } = await start()
  const key = generateKey('test', 'run')
  const early = verify(key)
  evict('u')
  const late = verify(key)
  questions[0]?.answer(FOUND)
  expect(await early).toMatchObject({ valid: true })
  expect(verify(key)).toBeInstanceOf(Promise)
  questions[1]?.answer(NOTHING)
  expect(await late).toMatchObject({ valid: false })
})

test('an answer under way when the database went back to a backup is not kept', async () => {
  const { verify, questions, feed, keepPolling, stop } = await start({ number: 7 })
  const key = generateKey('test', 'run')
  const early = verify(key)
  feed.number = 3
  await keepPolling()
  stop()
  questions[0]?.answer({ ...FOUND, number: 7 })
  expect(await early).toMatchObject({ valid: true })
  expect(verify(key)).toBeInstanceOf(Promise)
})

test('a key that has been in memory for a minute is asked for anew, for it may have another name', async () => {
  let later = 0
  const clock = { ...systemClock, wall: () => Date.now() + later }
  const { verify, questions, keepPolling, stop } = await start({ clock })
  const key = generateKey('test', 'run')
  const first = verify(key)
  questions[0]?.answer(FOUND)
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

test('guessing pushes no good key out of memory, and is remembered in a bounded place', async () => {
  const { verify, questions, health } = await start()
  const key = generateKey('test', 'run')
  const good = verify(key)
  questions[0]?.answer(FOUND)
  await good
  for (let n = 0; n < 10_050; n++) {
    const guess = verify(generateKey('test', 'run'))
    questions.at(-1)?.answer(NOTHING)
    await guess
  }
  expect(health().keys).toBe(1)
  expect(health().unknown).toBeLessThanOrEqual(10_000)
})

test('a guess that comes again within two seconds asks nobody', async () => {
  const { verify, questions } = await start()
  const guess = generateKey('test', 'run')
  const first = verify(guess)
  questions[0]?.answer(NOTHING)
  await first
  expect(await verify(guess)).toMatchObject({ reason: 'unknown' })
  expect(questions).toHaveLength(1)
})
