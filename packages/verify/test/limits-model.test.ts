import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyStory, type Call, calmStory, liveLimits, startProcesses, WINDOW } from './model/limits.ts'

const LATENCY = 5
/** In ms. After this time, a call is known to all processes that use the key. */
const HEARD = 1000 + 3 * LATENCY

const windowOf = (at: number) => Math.floor(at / 1000 / WINDOW)
/** The calls in the window of one that came before it and were let through. */
const passedBefore = (calls: Call[], n: number) => {
  const window = windowOf(calls[n]?.at ?? 0)
  return calls.slice(0, n).filter((one) => one.let && windowOf(one.at) === window)
}

test('no call is refused before as many as the limit were let through, no process exceeds it alone, and whoever waits gets through', async () => {
  const holds = fc.asyncProperty(anyStory, async (story) => {
    const calls = await liveLimits(story)
    calls.forEach((call, n) => {
      const passed = passedBefore(calls, n)
      if (!call.let) expect(passed.length).toBeGreaterThanOrEqual(call.requests)
      else expect(passed.filter(({ process }) => process === call.process).length).toBeLessThan(call.requests)
      expect(call.reset).toBeGreaterThanOrEqual(1)
      expect(Number.isInteger(call.reset)).toBe(true)
      expect(windowOf(call.at + call.reset * 1000)).toBe(windowOf(call.at) + 1)
    })
  })
  await fc.assert(holds, { numRuns: 300 })
})

test('a process that used the key for a second knows all calls of the others but those of the last second', async () => {
  const holds = fc.asyncProperty(calmStory, async (story) => {
    const calls = await liveLimits(story)
    calls.forEach((call, n) => {
      const passed = passedBefore(calls, n)
      const own = passed.filter(({ process }) => process === call.process)
      if (!call.let || !own.some(({ at }) => at < call.at - HEARD)) return
      const old = passed.filter(({ process, at }) => process !== call.process && at < call.at - HEARD)
      // A tenth of the largest limit: who used more tells it.
      const told = old.filter(({ process }) => old.filter((one) => one.process === process).length > 4)
      expect(own.length + told.length).toBeLessThan(call.requests)
    })
  })
  await fc.assert(holds, { numRuns: 300 })
})

test('four busy processes let through the limit and the calls of one second at most', async () => {
  const { time, processes } = startProcesses()
  const limit = { requests: 2000, seconds: 60 }
  let passed = 0
  for (let ms = 0; ms < 30_000; ms += 50) {
    for (const { call } of processes) for (let n = 0; n < 5; n++) if (call('key', limit).valid) passed += 1
    await time.runUntil(time.now() + 50)
  }
  expect(passed).toBeGreaterThanOrEqual(2000)
  expect(passed).toBeLessThanOrEqual(2000 + 4 * 5 * 20)
})

test('a key that is used for less than a tenth of its limit is told to nobody', async () => {
  const { time, database, processes } = startProcesses({ count: 2 })
  for (let n = 0; n < 10; n++) processes[0]?.call('key', { requests: 100, seconds: 60 })
  await time.runUntil(3000)
  expect(database.state).toMatchObject({ told: 0 })
  processes[0]?.call('key', { requests: 100, seconds: 60 })
  await time.runUntil(6000)
  expect(database.state).toMatchObject({ told: 1 })
})

test('a process without a key with a limit sends nothing, and one with such keys two messages a second', async () => {
  const { time, database, processes } = startProcesses({ count: 1 })
  await time.runUntil(10_000)
  expect(database.state.messages).toBe(0)
  for (let n = 0; n < 50; n++) processes[0]?.call(`key ${n}`, { requests: 100, seconds: 60 })
  await time.runUntil(20_000)
  expect(database.state.messages).toBeLessThanOrEqual(20)
})

test('all secrets of a key have one count', () => {
  const { processes } = startProcesses({ count: 1 })
  const call = (secret: string) => processes[0]?.call('key', { requests: 3, seconds: 60 }, secret).valid
  expect(['old', 'new', 'old', 'new', 'old'].map(call)).toEqual([true, true, true, false, false])
})

test('a database that is away refuses no call, and its return is noticed', async () => {
  const { time, database, processes } = startProcesses({ count: 2 })
  const [one, other] = processes
  database.state.away = true
  const limit = { requests: 10, seconds: 3600 }
  for (let n = 0; n < 10; n++)
    expect([one?.call('key', limit).valid, other?.call('key', limit).valid]).toEqual([true, true])
  await time.runUntil(5000)
  expect(one?.failure()).toContain('no answer')
  database.state.away = false
  await time.runUntil(10_000)
  expect(one?.failure()).toBeNull()
})

test('the counts of windows that are over leave the memory, and no more than 100,000 keys are counted', async () => {
  const { time, processes } = startProcesses({ count: 1 })
  const [one] = processes
  for (let n = 0; n < 100_100; n++) one?.call(`key ${n}`, { requests: 100, seconds: 10 })
  expect(one?.size()).toBe(100_000)
  await time.runUntil(11_000)
  expect(one?.size()).toBe(0)
  expect(one?.call('key 1', { requests: 1, seconds: 10 }).valid).toBe(true)
})
