import { hashKey } from '@project-keys/verify/key'
import { expect, test } from 'vitest'
import { issueKey } from './issue.ts'

const now = new Date('2026-05-01T12:00:00Z')
const given = { name: 'ci', prefix: 'bencher', now }

test('a row holds the key’s hash, and the plaintext nowhere', () => {
  const { key, row } = issueKey('run', given)
  expect(Buffer.from(row.hash).equals(hashKey(key))).toBe(true)
  expect(JSON.stringify({ ...row, hash: [...row.hash] })).not.toContain(key.slice(12, 36))
  expect(row.last_four).toBe(key.slice(-4))
})

test('a key expires its ttl after its creation, or after 136 years without one', () => {
  expect(issueKey('run', { ...given, ttl: 60 }).row.expiration).toEqual(new Date('2026-05-01T12:01:00Z'))
  for (const ttl of [null, undefined]) {
    expect(issueKey('user', { ...given, ttl }).row.expiration).toEqual(new Date('2162-06-07T18:28:15Z'))
  }
})

test('UUIDs sort by creation, unless one is given', () => {
  const later = new Date(now.getTime() + 1)
  expect(issueKey('run', given).row.uuid < issueKey('run', { ...given, now: later }).row.uuid).toBe(true)
  expect(issueKey('run', { ...given, uuid: '01890a5d-ac96-774b-bcce-b302099a8057' }).row.uuid).toMatch(/8057$/)
})
