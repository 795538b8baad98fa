import { expect, test } from 'vitest'
import { createTimelines } from './timelines.ts'

test('after a promotion was seen, the old primary of that cluster is none any more, and other clusters are', () => {
  const { isLatest, note } = createTimelines()
  const seen = [1, 1, 3, 2, 1, 3, 4].map((timeline) => note({ system: 'a', timeline }))
  expect(seen).toEqual([true, true, true, false, false, true, true])
  expect(isLatest({ system: 'a', timeline: 3 })).toBe(false)
  expect(isLatest({ system: 'a', timeline: 4 })).toBe(true)
  expect(note({ system: 'b', timeline: 1 })).toBe(true)
})
