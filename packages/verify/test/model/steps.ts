import fc from 'fast-check'
import { KEYS } from './state.ts'
import type { Step } from './world.ts'

export const PROCESSES = 3

// Times near those that the code waits for find most.
const ms = fc.oneof(fc.constantFrom(0, 1, 40, 250, 251, 750, 999, 1000, 1001, 2000), fc.integer({ min: 0, max: 2600 }))
const short = fc.oneof(fc.constantFrom(0, 1, 5), fc.integer({ min: 0, max: 400 }))
const key = fc.constantFrom(...KEYS)
const process_ = fc.integer({ min: 0, max: PROCESSES - 1 })
const sleeping = fc.constant(0)
const clockSet = fc.constantFrom(1, 2)
const by = fc.option(process_, { freq: 2 })
const end = {
  key,
  by,
  forth: short,
  back: short,
  open: fc.oneof(fc.constant(0), ms),
  ids: fc.constantFrom(1, 1, 2),
  how: fc.constantFrom('commit' as const, 'commit' as const, 'abort' as const, 'prepare' as const),
}
const role = fc.constantFrom(
  'leader' as const,
  'leader' as const,
  'leader' as const,
  'old' as const,
  'standby' as const,
)
const line = fc.record({
  forth: fc.oneof({ weight: 3, arbitrary: short }, ms),
  back: fc.oneof({ weight: 3, arbitrary: short }, ms),
  fate: fc.oneof(
    { weight: 5, arbitrary: fc.constant('answered' as const) },
    fc.constantFrom('lost' as const, 'cut' as const, 'cut' as const, 'refused' as const),
  ),
  frozen: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, ms),
  key: role,
  feed: role,
})
const does = <Name extends Step['does']>(name: Name) => fc.constant(name)
const wait = fc.oneof({ weight: 3, arbitrary: short }, ms)

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ wait, does: does('revoke'), ...end }) },
  fc.record({ wait, does: does('delete the project'), ...end }),
  fc.record({ wait, does: does('rename'), key, by: process_, forth: short, back: short }),
  fc.record({ wait, does: does('make'), by, forth: short, back: short }),
  { weight: 2, arbitrary: fc.record({ wait, does: does('sweep') }) },
  {
    weight: 5,
    arbitrary: fc.record({
      wait,
      does: fc.constantFrom(
        'a clean restart' as const,
        'a crash of the server' as const,
        'a crash of a backend' as const,
        'replication stops' as const,
        'a failover' as const,
        'a failover' as const,
        'a backup is taken' as const,
        'the backup is put back' as const,
        'the dump is loaded elsewhere' as const,
        'the dump is loaded over it' as const,
        'ids are spent' as const,
      ),
    }),
  },
  { weight: 4, arbitrary: fc.record({ wait, does: does('line'), process: process_, line }) },
  fc.record({ wait, does: does('freeze'), process: process_, ms, setBack: fc.constant(0) }),
  // Process 0 runs where machines sleep, the others where clocks are set: both at once, unseen, nobody could tell.
  fc.record({ wait, does: does('freeze'), process: clockSet, ms, setBack: ms }),
  fc.record({ wait, does: does('sleep'), process: sleeping, ms, setBack: fc.constantFrom(0, 0, 100, 700, 100_000) }),
  fc.record({
    wait,
    does: does('set the wall clock'),
    process: clockSet,
    ms: fc.constantFrom(-100_000, -900, -100, 100, 900, 100_000),
  }),
)
