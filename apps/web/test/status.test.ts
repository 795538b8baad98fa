import { describe, expect, test } from 'vitest'
import { type Status, statusOf } from '#lib/key.ts'
import { words } from '#lib/words/en.ts'

const NOW = Date.parse('2026-05-01T12:00:00Z')
const DAY = 24 * 60 * 60 * 1000 // ms
const at = (distance: number) => new Date(NOW + distance).toISOString()

/** The word for a key that is not revoked, by when it expires; on each side of each boundary. */
const EXPIRIES: [distance: number, status: Status][] = [
  [-300 * DAY, 'expired'],
  [-1000, 'expired'],
  [0, 'expired'],
  [1000, 'soon'],
  [DAY, 'soon'],
  [7 * DAY - 1000, 'soon'],
  [7 * DAY, 'active'],
  [7 * DAY + 1000, 'active'],
  [300 * DAY, 'active'],
]
const REVOKED = [-300 * DAY, -1000, 0, 1000]
const CREATED = [-400 * DAY, -1000, 0]

describe.each(CREATED)('a key that was made %d ms from now', (made) => {
  const creation = at(made)

  test.each(EXPIRIES)('and expires %d ms from now is %s, and revoked whenever it was revoked', (distance, status) => {
    const expiration = at(distance)
    expect(statusOf({ creation, expiration, revoked: null }, NOW)).toBe(status)
    for (const revoked of REVOKED) expect(statusOf({ creation, expiration, revoked: at(revoked) }, NOW)).toBe('revoked')
  })
})

test('each status has a word of its own', () => {
  const shown: Record<Status, true> = { active: true, soon: true, expired: true, revoked: true }
  const said = new Map(EXPIRIES.map(([, status]) => [status, true]))
  expect([...said.keys(), 'revoked'].sort()).toEqual(Object.keys(shown).sort())
  expect(new Set(Object.values(words.keys.status)).size).toBe(Object.keys(shown).length)
})
