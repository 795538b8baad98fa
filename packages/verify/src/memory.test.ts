import { expect, test } from 'vitest'
import { createMemory } from './memory.ts'
import { knownKey } from './verdict.ts'

const known = (project = 'p') =>
  knownKey(
    {
      uuid: crypto.randomUUID(),
      name: 'ci',
      project: { uuid: project, slug: project },
      expiration: 0,
      revoked: null,
      projectDeleted: null,
    },
    0,
  )

test('memory never holds more keys than its limit', () => {
  const memory = createMemory(10)
  for (let n = 0; n < 1000; n++) {
    memory.set(`hash ${n}`, known())
    expect(memory.size()).toBe(Math.min(n + 1, 10))
  }
  expect(memory.get('hash 999')).toBeDefined()
})

test('memory keeps the keys that are used while others come and go', () => {
  const memory = createMemory(100)
  const used = Array.from({ length: 50 }, (_, n) => `used ${n}`)
  for (const hash of used) memory.set(hash, known())
  for (let n = 0; n < 5000; n++) {
    memory.set(`once ${n}`, known())
    if (n % 10 === 0) for (const hash of used) memory.get(hash)
  }
  expect(used.filter((hash) => memory.get(hash))).toEqual(used)
})

test('memory goes on when it was emptied or forgot what its hand points at', () => {
  const memory = createMemory(3)
  for (let round = 0; round < 5; round++) {
    for (const hash of ['a', 'b', 'c', 'd']) memory.set(hash, known(hash))
    memory.forget('b')
    memory.forgetProjects(new Set(['c']))
    expect(memory.get('c')).toBeUndefined()
    if (round % 2) memory.forgetAll()
  }
  memory.set('e', known())
  expect(memory.get('e')).toBeDefined()
})
