import { expect, test } from 'vitest'
import { createSecrets } from '../secrets/secrets.ts'
import { createTokens } from './token.ts'

const issuer = 'http://localhost:3000/'
const tokens = createTokens({ secrets: createSecrets('a secret of the tests'), issuer })
const now = new Date('2026-05-01T12:00:00Z')
const after = (seconds: number) => new Date(now.getTime() + seconds * 1000)
const session = (email: string, ttl = 60) => tokens.sign({ audience: 'client', email, now, ttl })
const readAt = (token: string, at = now) => tokens.read(token, ['client'], at)?.email ?? null

test('a token that was read before ends at its second all the same', () => {
  const token = session('ada@example.com')
  expect([readAt(token), readAt(token, after(59)), readAt(token, after(60)), readAt(token)]).toEqual([
    'ada@example.com',
    'ada@example.com',
    null,
    'ada@example.com',
  ])
})

test('a token that was read before counts for its audience alone', () => {
  const token = session('ada@example.com')
  expect(readAt(token)).toBe('ada@example.com')
  expect(tokens.read(token, ['auth', 'invite'], now)).toBeNull()
})

test('the claims of a token that was read before are good with its own signature alone', () => {
  const [token, other] = [session('ada@example.com'), session('eve@example.com')]
  expect(readAt(token)).toBe('ada@example.com')
  const claims = token.slice(0, token.lastIndexOf('.'))
  const signature = other.slice(other.lastIndexOf('.'))
  expect([readAt(claims + signature), readAt(`${claims}.`), readAt(`${token}x`)]).toEqual([null, null, null])
})

test('more tokens than are remembered are each read as their own', () => {
  const people = Array.from({ length: 2500 }, (_, index) => `person-${index}@example.com`)
  const all = people.map((email) => session(email))
  for (let again = 0; again < 2; again++) expect(all.map((token) => readAt(token))).toEqual(people)
})

test('a token of another secret or issuer is refused, also when its own server has read it', () => {
  const foreign = createTokens({ secrets: createSecrets('another secret'), issuer })
  const token = foreign.sign({ audience: 'client', email: 'ada@example.com', now, ttl: 60 })
  expect(foreign.read(token, ['client'], now)).not.toBeNull()
  expect(readAt(token)).toBeNull()
})
