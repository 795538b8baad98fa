import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { heapLimits } from './heap-limits.ts'

/** In bytes, with the key's place in the Map: `packages/verify/bench` measures it. */
const KEY = 700
const MIB = 2 ** 20
const BESIDES_CACHE = 200 * MIB

test.each([1, 100_000, 2_000_000])('the heap that V8 allows holds a cache of %i keys and all else', (cacheSize) => {
  const script = 'console.log(require("node:v8").getHeapStatistics().heap_size_limit)'
  const { stdout } = spawnSync(process.execPath, [...heapLimits(cacheSize), '-e', script])
  expect(Number(stdout)).toBeGreaterThan(BESIDES_CACHE + cacheSize * KEY)
  expect(Number(stdout)).toBeLessThan(400 * MIB + cacheSize * 3 * KEY)
})
