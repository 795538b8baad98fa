import fc from 'fast-check'
import { expect, test } from 'vitest'
import { liveRotation, type RotationStep } from './model/rotation.ts'

const RUNS = Number(process.env.TEST_MODEL_RUNS ?? 300)

// Times near those that the code waits for find most.
const ms = fc.oneof(fc.constantFrom(0, 1, 40, 250, 999, 1000, 1001, 2000), fc.integer({ min: 0, max: 3000 }))
const process_ = fc.integer({ min: 0, max: 2 })
const by = fc.option(process_, { freq: 2 })
const does = <Name extends RotationStep['does']>(name: Name) => fc.constant(name)
const step: fc.Arbitrary<RotationStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ wait: ms, does: does('rotate'), by, grace: ms, replace: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ wait: ms, does: does('use the new secret'), process: process_ }) },
  { weight: 2, arbitrary: fc.record({ wait: ms, does: does('end'), by }) },
  { weight: 1, arbitrary: fc.record({ wait: ms, does: does('revoke'), by }) },
  {
    weight: 2,
    arbitrary: fc.record({ wait: ms, does: does('renew'), by, lifetime: fc.integer({ min: 1, max: 20_000 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      wait: ms,
      does: does('line'),
      process: process_,
      delay: fc.constantFrom(0, 1, 100, 400),
      away: fc.boolean(),
    }),
  },
)

test('by several processes: no secret is told yes over the bound after its end, and none is refused that is good', async () => {
  const tried = { rotations: 0, refused: 0, firstUses: 0 }
  const reasons = new Set<string>()
  const holds = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (story) => {
    const { faults, calls, counts } = await liveRotation(story)
    tried.rotations += counts.rotations
    tried.refused += counts.refused
    tried.firstUses += counts.firstUses
    for (const { verdict } of calls) if (!verdict.valid) reasons.add(verdict.reason)
    expect(faults.slice(0, 3)).toEqual([])
  })
  await fc.assert(holds, { numRuns: RUNS })
  // Else it was not tried.
  for (const [name, times] of Object.entries(tried)) expect([name, times]).not.toEqual([name, 0])
  expect([...reasons].sort()).toEqual(['expired', 'replaced', 'revoked', 'unknown'])
}, 120_000)
