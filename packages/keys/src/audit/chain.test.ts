import { expect, test } from 'vitest'
import { GENESIS, hashLine, linkAfter } from './chain.ts'

test('links lines as any program with SHA-256 can: the link before, then the hash of the line’s UTF-8', () => {
  // Computed by sha256sum of coreutils.
  const first = linkAfter(GENESIS, hashLine('{"number":1}'))
  expect(first.toString('hex')).toBe('34e711bdb3098f9a589d507da00422d40c8a1bdbf66f6f606c509e518ace4cff')
  const second = linkAfter(first, hashLine('{"number":2,"name":"Zoë"}'))
  expect(second.toString('hex')).toBe('7853e1c63aafd87dabdc1c833c9aa6e82c566c05c59eeb556b6aa8f08d56c920')
})
