import { expect, test } from 'vitest'
import { createCache } from './cache.ts'
import { PLAIN } from './key-settings.ts'
import { cachedKey } from './verdict.ts'

const known = (project = 'p') =>
  cachedKey(
    {
      uuid: crypto.randomUUID(),
      name: 'ci',
      project: { uuid: project, slug: project },
      expiration: 0,
      revoked: null,
      projectDeleted: null,
      secret: 'current',
      settings: PLAIN,
    },
    0,
  )

test('the cache never holds more keys than its limit', () => {
  const cache = createCache(10)
  for (let n = 0; n < 1000; n++) {
    cache.set(`hash ${n}`, known())
    expect(cache.size()).toBe(Math.min(n + 1, 10))
  }
  expect(cache.get('hash 999')).toBeDefined()
})

test('the cache keeps the keys that are used while others come and go', () => {
  const cache = createCache(100)
  const used = Array.from({ length: 50 }, (_, n) => `used ${n}`)
  for (const hash of used) cache.set(hash, known())
  for (let n = 0; n < 5000; n++) {
    cache.set(`once ${n}`, known())
    if (n % 10 === 0) for (const hash of used) cache.get(hash)
  }
  expect(used.filter((hash) => cache.get(hash))).toEqual(used)
})

test('the cache works on after it was cleared or after the key at its hand was deleted', () => {
  const cache = createCache(3)
  for (let round = 0; round < 5; round++) {
    for (const hash of ['a', 'b', 'c', 'd']) cache.set(hash, known(hash))
    cache.delete('b')
    cache.deleteByUuid(new Set(['c']))
    expect(cache.get('c')).toBeUndefined()
    if (round % 2) cache.clear()
  }
  cache.set('e', known())
  expect(cache.get('e')).toBeDefined()
})
