import fc from 'fast-check'
import { expect, test } from 'vitest'
import { callsOf, found, liveUsage, startCounting, usageStep } from './model/usage.ts'

test('a first use is written within 2 s, later ones within a minute, each once, however long the database is away', async () => {
  const holds = fc.asyncProperty(fc.array(usageStep, { minLength: 1, maxLength: 30 }), async (story) => {
    const { calls, late, written, mostWriting } = await liveUsage(story)
    expect(late).toEqual([])
    expect(mostWriting).toBeLessThanOrEqual(1)
    for (const { uuid } of calls) {
      expect(callsOf(written, uuid)).toBe(calls.filter((call) => call.uuid === uuid).length)
    }
  })
  await fc.assert(holds, { numRuns: 2000 })
})

test('100,000 keys in use are spread: no second writes more than 2,000 of them, no statement more than 1,000', async () => {
  const { time, database, record, stop } = startCounting()
  const keys = Array.from({ length: 100_000 }, (_, n) => found(`key ${n}`))
  for (let second = 0; second < 180; second++) {
    // All are used within the first ten seconds, as fast as they can be looked up, and then all the time.
    const used = second < 10 ? keys.slice(second * 10_000, (second + 1) * 10_000) : second % 5 ? [] : keys
    for (const key of used) record(key, time.now(), undefined)
    await time.runUntil(time.now() + 1000)
  }
  const steady = database.batches.filter(({ at }) => at > 65_000 && at < 175_000)
  expect(Math.max(...database.batches.map(({ uses }) => uses.length))).toBeLessThanOrEqual(1000)
  const perSecond = Map.groupBy(steady, ({ at }) => Math.floor(at / 1000))
  const sizes = [...perSecond.values()].map((batches) => batches.reduce((sum, { uses }) => sum + uses.length, 0))
  expect(Math.max(...sizes)).toBeLessThanOrEqual(2000)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(200_000)
  await stop()
})

test('a few keys in use cost one statement in most of a minute', async () => {
  const { time, database, record, stop } = startCounting()
  const keys = Array.from({ length: 100 }, (_, n) => found(`key ${n}`))
  for (let second = 0; second < 300; second++) {
    for (const key of keys) record(key, time.now(), undefined)
    await time.runUntil(time.now() + 1000)
  }
  expect(database.batches.length).toBeLessThanOrEqual(1 + 300 / 50)
  await stop()
})
