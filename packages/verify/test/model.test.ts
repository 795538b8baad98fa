import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PROCESSES, step } from './model/steps.ts'
import { STORIES } from './model/stories.ts'
import { createTried } from './model/tried.ts'
import { live } from './model/world.ts'

const RUNS = Number(process.env.TEST_MODEL_RUNS ?? 1500)
/** In ms, for the stories and for making one that failed shorter. */
const PATIENCE = 120_000

test.each(Object.entries(STORIES))('%s', async (_, story) => {
  const { faults } = await live(story, PROCESSES, createTried())
  expect(faults.slice(0, 3)).toEqual([])
})

describe('whatever happens to processes, clocks, connections and changes', () => {
  test(
    'no call that began over the bound after a key was ended is told yes, and no good key is refused',
    async () => {
      const tried = createTried()
      let fromMemory = 0
      let all = 0
      const holds = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (story) => {
        const { faults, calls } = await live(story, PROCESSES, tried)
        fromMemory += calls.filter((call) => call.fromMemory).length
        all += calls.length
        expect(faults.slice(0, 3)).toEqual([])
      })
      await fc.assert(holds, { numRuns: RUNS, interruptAfterTimeLimit: PATIENCE, markInterruptAsFailure: true })
      // Else it was not tried.
      expect(fromMemory / all).toBeGreaterThan(0.5)
      expect(tried.never()).toEqual([])
    },
    2 * PATIENCE,
  )
})
