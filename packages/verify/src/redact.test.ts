import fc from 'fast-check'
import { expect, test } from 'vitest'
import { generateKey } from './key.ts'
import { redact } from './redact.ts'

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGFAZXhhbXBsZS5jb20ifQ.c2lnbmF0dXJl'

test.each([
  ['bencher_run_0123456789ABCDEFGHIJKLMNOPQRST', 'bencher_run_[redacted]'],
  [
    'GET /v0/verify?access_token=acme_user_0123456789ABCDEFGHIJKLMNOPQRST&a=b',
    'GET /v0/verify?access_token=acme_user_[redacted]&a=b',
  ],
  ['bencher%5Frun%5F0123456789ABCDEFGHIJKLMNOPQRST', 'bencher%5Frun%5F[redacted]'],
  ['bencher_run_0123456789', 'bencher_run_[redacted]'],
  ['_run_0123456789ABCDEFGHIJKLMNOPQRST', '_run_[redacted]'],
  [`before${TOKEN}`, 'before[redacted]'],
  [`{"token":"${TOKEN}"}`, '{"token":"[redacted]"}'],
  ['Authorization: Basic YWRhOmJlbmNoZXI=', 'Authorization: Basic [redacted]'],
  ['{"authorization":"BASIC  YWRhOmJlbmNoZXI"}', '{"authorization":"BASIC  [redacted]"}'],
  ['/?authorization=basic%20Pz8/Oj8%2B%3D&a=b', '/?authorization=basic%20[redacted]&a=b'],
  ['/?authorization=Basic+YWRhOmJlbmNoZXI%3D', '/?authorization=Basic+[redacted]'],
  [`/auth/confirm?token=${TOKEN.replaceAll('.', '%2E')}`, '/auth/confirm?token=[redacted]'],
])('takes the credential out of %j', (text, redacted) => {
  expect(redact(text)).toBe(redacted)
})

test.each([
  'basic authentication',
  'the basic configuration',
  '/v0/projects/example/keys',
  'my_run_is_over',
  'bencher_run_',
  'user_name',
  'eyJ.a.b',
  '',
])('leaves %j as it is', (text) => {
  expect(redact(text)).toBe(text)
})

test('leaves nothing of a key of any prefix, wherever it stands', () => {
  const prefix = fc.stringMatching(/^[A-Za-z]\w{0,31}$/)
  fc.assert(
    fc.property(
      prefix,
      fc.string(),
      fc.string(),
      fc.constantFrom('run' as const, 'user' as const),
      (name, before, after, kind) => {
        const key = generateKey(name, kind)
        const random = key.slice(-30)
        for (const times of [1, 2, 3]) expect(redact(before + key.repeat(times) + after)).not.toContain(random)
      },
    ),
  )
})

test('takes time in proportion to the text', () => {
  const time = (text: string) => {
    const start = performance.now()
    redact(text)
    return performance.now() - start
  }
  /** Of several times the least, because the machine may be busy. */
  const least = (text: string) => Math.min(...[1, 2, 3].map(() => time(text)))
  for (const part of [
    'a',
    '_run_',
    'eyJaaaa.',
    'a_',
    'run_run_',
    '%5F',
    'eyJ',
    'eyJaaaa-',
    'basic ',
    'basic aaaa',
    'basic+',
    '+',
    '=',
  ]) {
    const [short, long] = [least(part.repeat(50_000)), least(part.repeat(500_000))]
    expect(long).toBeLessThan(Math.max(short, 1) * 60)
  }
})
