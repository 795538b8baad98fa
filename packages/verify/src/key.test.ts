import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { generateKey, hasChecksum, hashKey, kindOfKey, lastFour, lettersOf } from './key.ts'

describe('a new key', () => {
  test('is its prefix, its kind, 24 random letters and 6 of a checksum', () => {
    expect(generateKey('bencher', 'run')).toMatch(/^bencher_run_[0-9A-Za-z]{30}$/)
    expect(generateKey('my_own', 'user')).toMatch(/^my_own_user_[0-9A-Za-z]{30}$/)
  })

  test('is different each time', () => {
    expect(new Set(Array.from({ length: 1000 }, () => generateKey('a', 'run'))).size).toBe(1000)
  })

  test('holds each of the 62 letters as often as any other', () => {
    const counts = new Map<string, number>()
    const KEYS = 4000
    for (let n = 0; n < KEYS; n++) {
      for (const letter of generateKey('a', 'run').slice(6, 30)) counts.set(letter, (counts.get(letter) ?? 0) + 1)
    }
    const expected = (KEYS * 24) / 62
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    expect(counts.size).toBe(62)
    // 61 degrees of freedom: over 140 once in ten million runs; a byte modulo 62 would give some 600.
    expect(chiSquare).toBeLessThan(140)
  })

  test('of given letters is the same each time, and 40 bytes give 24 letters, each byte counting', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 40, maxLength: 40 }),
        fc.nat(39),
        fc.integer({ min: 1, max: 255 }),
        (bytes, at, by) => {
          const key = generateKey('a', 'run', lettersOf(bytes))
          expect([kindOfKey(key), hasChecksum(key)]).toEqual(['run', true])
          expect(generateKey('a', 'run', lettersOf(bytes))).toBe(key)
          const other = bytes.with(at, (bytes[at] ?? 0) ^ by)
          expect(lettersOf(other)).not.toBe(lettersOf(bytes))
        },
      ),
    )
  })
})

describe('the checksum', () => {
  test.each([
    'bencher_run_0000000000000000000000003Z9CIR',
    'bencher_user_ABCDEFGHIJKLMNOPQRSTUVWX3gmHSy',
    'x_run_abcdefghijklmnopqrstuvwx3HugMb',
  ])('is the CRC-32 of everything before it in base 62, as other programs compute it: %s', (key) => {
    expect(hasChecksum(key)).toBe(true)
  })

  const key = fc.constantFrom('run' as const, 'user' as const).map((kind) => generateKey('bencher', kind))

  test('is right for every generated key', () => {
    fc.assert(fc.property(key, hasChecksum))
  })

  test('detects every mistyped letter', () => {
    const letter = fc.constantFrom(...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')
    const mistyped = fc.tuple(key, fc.integer({ min: 12, max: 41 }), letter)
    fc.assert(
      fc.property(mistyped, ([key, at, letter]) => {
        fc.pre(key[at] !== letter)
        return !hasChecksum(key.slice(0, at) + letter + key.slice(at + 1))
      }),
    )
  })

  test('detects every swap of two neighbouring letters, and every key that was cut', () => {
    fc.assert(
      fc.property(key, fc.integer({ min: 12, max: 34 }), (key, at) => {
        const [a = '', b = ''] = key.slice(at, at + 2)
        fc.pre(a !== b)
        expect(hasChecksum(key.slice(0, at) + b + a + key.slice(at + 2))).toBe(false)
        expect(hasChecksum(key.slice(0, at))).toBe(false)
      }),
    )
  })
})

describe('the kind of a key', () => {
  test.each([
    [`bencher_run_${'0'.repeat(30)}`, 'run'],
    [`bencher_user_${'z'.repeat(30)}`, 'user'],
    [`another_run_run_${'A'.repeat(30)}`, 'run'],
    [`bencher_run_${'0'.repeat(29)}`, null],
    [`bencher_run_${'0'.repeat(31)}`, null],
    [`bencher_run_${'0'.repeat(29)}-`, null],
    [`bencher_run_${'0'.repeat(29)}é`, null],
    [`bencher_run_${'0'.repeat(30)}\n`, null],
    [`bencher_runs_${'0'.repeat(30)}`, null],
    [`_run_${'0'.repeat(30)}`, null],
    ['', null],
    ['eyJhbGciOiJIUzI1NiJ9.e30.x', null],
  ])('of %j is %s', (key, kind) => {
    expect(kindOfKey(key)).toBe(kind)
  })
})

describe('the stored part of a key', () => {
  test('is its SHA-256, and its last four letters', () => {
    expect(hashKey('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(lastFour('bencher_run_abcd')).toBe('abcd')
  })
})
