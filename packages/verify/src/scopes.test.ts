import { expect, test } from 'vitest'
import { coverAll, covers, isScope } from './scopes.ts'

test.each([
  ['reports:*', 'reports:write'],
  ['reports:*', 'reports:a:b'],
  ['a:b:*', 'a:b:c'],
  ['jobs', 'jobs'],
  ['reports:*', 'reports:*'],
])('%s covers %s', (granted, asked) => {
  expect(covers(granted, asked)).toBe(true)
})

test.each([
  ['reports:*', 'reports'],
  ['reports:*', 'reports:'],
  ['reports:*', 'reports-old:x'],
  ['reports:*', 'reportsx:y'],
  ['reports:*', 'Reports:x'],
  ['reports:*', 'xreports:y'],
  ['jobs', 'jobs:read'],
  ['jobs:read', 'jobs'],
  ['jobs', 'job'],
  ['jobs:read', 'jobs:*'],
  ['reports*', 'reportsx'],
])('%s does not cover %s', (granted, asked) => {
  expect(covers(granted, asked)).toBe(false)
})

test('all that is asked for must be granted', () => {
  expect(coverAll(['a:*', 'b'], ['a:x', 'b'])).toBe(true)
  expect(coverAll(['a:*', 'b'], ['a:x', 'c'])).toBe(false)
  expect(coverAll(['a'], [])).toBe(true)
})

test('a scope has 1 to 64 of the characters of RFC 6749', () => {
  for (const scope of ['a', 'reports:write', '!#[]~*', 'x'.repeat(64)])
    expect([scope, isScope(scope)]).toEqual([scope, true])
  for (const scope of ['', 'a b', 'a"b', 'a\\b', 'é', 'x'.repeat(65), 'a\n', '\x7f'])
    expect([scope, isScope(scope)]).toEqual([scope, false])
})
