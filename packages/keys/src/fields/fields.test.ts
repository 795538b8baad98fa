import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { Email, Name, NewEmail, page, ResourceId, readReference, Slug, Time, Ttl, Uuid } from './fields.ts'

const takes = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success

describe('a name', () => {
  /** The same rule in other words. */
  const isName = (text: string) => {
    const letters = [...text]
    const ends = [letters.at(0) ?? '', letters.at(-1) ?? '']
    return (
      letters.length >= 1 &&
      letters.length <= 64 &&
      text.isWellFormed() &&
      !/\p{Cc}/u.test(text) &&
      !ends.some((letter) => /\p{White_Space}/u.test(letter)) &&
      !letters.some(isInvisible) &&
      !/^(\p{M}|\u200c|\u200d)/u.test(text)
    )
  }
  const NEEDED = ['\u200c', '\u200d', '\ufe0e', '\ufe0f']
  const isInvisible = (letter: string) =>
    /\p{Default_Ignorable_Code_Point}|\p{Bidi_Control}|\p{Zl}|\p{Zp}/u.test(letter)
      ? !NEEDED.includes(letter)
      : OTHERS.includes(letter) || /^[\u{13430}-\u{13442}]$/u.test(letter)
  const OTHERS = ['\u2800', '\ufff9', '\ufffa', '\ufffb', '\ufffc', '\u{16fe4}', '\u{1d159}']

  test('may be any letter but white space at its ends, control characters, surrogates and what cannot be seen', () => {
    for (let code = 0; code <= 0x10ffff; code++) {
      const letter = String.fromCodePoint(code)
      for (const text of [letter, `${letter}a`, `a${letter}`]) {
        if (takes(Name, text) !== isName(text)) expect.fail(`U+${code.toString(16)}: ${JSON.stringify(text)}`)
      }
    }
  })

  test.each([
    ['BRAILLE PATTERN BLANK', 0x2800],
    ['HANGUL FILLER', 0x3164],
    ['HALFWIDTH HANGUL FILLER', 0xffa0],
    ['HANGUL CHOSEONG FILLER', 0x115f],
    ['HANGUL JUNGSEONG FILLER', 0x1160],
    ['KHMER VOWEL INHERENT AQ', 0x17b4],
    ['MONGOLIAN VOWEL SEPARATOR', 0x180e],
    ['SOFT HYPHEN', 0xad],
    ['ZERO WIDTH SPACE', 0x200b],
    ['RIGHT-TO-LEFT OVERRIDE', 0x202e],
    ['RIGHT-TO-LEFT ISOLATE', 0x2067],
    ['LINE SEPARATOR', 0x2028],
    ['WORD JOINER', 0x2060],
    ['ZERO WIDTH NO-BREAK SPACE', 0xfeff],
    ['INTERLINEAR ANNOTATION ANCHOR', 0xfff9],
    ['EGYPTIAN HIEROGLYPH FULL BLANK', 0x13441],
    ['KHITAN SMALL SCRIPT FILLER', 0x16fe4],
    ['MUSICAL SYMBOL NULL NOTEHEAD', 0x1d159],
    ['TAG LATIN SMALL LETTER A', 0xe0061],
    ['VARIATION SELECTOR-17', 0xe0100],
  ])('does not contain %s, and the message names it', (_, code) => {
    for (const text of ['', 'a', 'ab'].map((start) => `${start}${String.fromCodePoint(code)}b`)) {
      const { error } = Name.safeParse(text)
      expect(error?.issues.at(-1)?.message).toBe(
        `must not contain U+${code.toString(16).toUpperCase().padStart(4, '0')}, because it is invisible`,
      )
    }
  })

  test.each(['\u200d', '\u200d\u200c', '\ufe0f', '\ufe0e\ufe0f', '\u0301', '\u0301a', '\u20e3', '\u093e'])(
    'does not begin with what is drawn only with a character before it: %j',
    (text) => {
      const { error } = Name.safeParse(text)
      expect(error?.issues.map(({ message }) => message)).toEqual([expect.stringMatching(/^must not begin with U\+/)])
    },
  )

  test.each(['👩‍👩‍👧', '❤️', '☎︎', '1️⃣', 'نامه‌ای', 'क्‍ष', 'e\u0301', 'Ａ', 'a  b', '日本', '한글', '🇨🇭', '👍🏽'])(
    'may be %s, and is kept as it was sent',
    (name) => {
      expect(Name.parse(name)).toBe(name)
    },
  )

  test('is 1 to 64 code points without white space at its ends, and otherwise any text that can be seen', () => {
    const letter = fc.oneof(
      fc.constantFrom(' ', '\n', '\u2028', '\ud83d', '\udc00', '\u200d', '🚀', 'a'),
      fc.string({ unit: 'binary', maxLength: 1 }),
    )
    const text = fc.array(letter, { minLength: 0, maxLength: 70, size: 'max' }).map((letters) => letters.join(''))
    fc.assert(
      fc.property(text, (text) => takes(Name, text) === isName(text)),
      { numRuns: 500 },
    )
  })

  test('that is searched for may be any that was allowed once', () => {
    for (const name of ['a\u202eb', '\u3164', '\u0301a']) expect(takes(page.name, name)).toBe(true)
    for (const name of ['', ' a', 'a\n', 'a'.repeat(65)]) expect(takes(page.name, name)).toBe(false)
  })
})

describe('a slug', () => {
  test.each(['a', '7', 'a-b', 'a1-2b-c', 'x'.repeat(64)])('may be %s', (slug) => {
    expect(takes(Slug, slug)).toBe(true)
  })
  test.each(['', '-', '-a', 'a-', 'a--b', 'A', 'a_b', 'a b', 'é', 'x'.repeat(65), 'a\n'])('may not be %j', (slug) => {
    expect(takes(Slug, slug)).toBe(false)
    expect(takes(ResourceId, slug)).toBe(false)
  })
  test('may have the form of a UUID nowhere but where it is there already', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        for (const slug of [uuid, uuid.replaceAll('-', '')]) expect(takes(Slug, slug)).toBe(false)
      }),
    )
    expect([takes(Slug, 'a'.repeat(31)), takes(Slug, 'a'.repeat(33))]).toEqual([true, true])
  })
})

describe('a reference', () => {
  test('is a UUID in any spelling, read in lower case with hyphens', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        const bare = uuid.replaceAll('-', '')
        for (const text of [uuid, uuid.toUpperCase(), bare, bare.toUpperCase()]) {
          expect(readReference(text)).toEqual({ uuid, slug: null })
          expect([Uuid.parse(text), ResourceId.parse(text)]).toEqual([uuid, uuid])
        }
      }),
    )
  })

  test('is a UUID where it can be read as one, else a slug', () => {
    expect(readReference('a'.repeat(32))).toMatchObject({ slug: null })
    expect(readReference('a'.repeat(31))).toEqual({ uuid: null, slug: 'a'.repeat(31) })
    expect(readReference('01890a5d-ac96-774b-bcce-b302099a805')).toMatchObject({ uuid: null })
  })

  test.each([undefined, null, 7, {}, '', 'NOT A SLUG', 'a/b', ['a']])('is not %j', (value) => {
    expect(readReference(value)).toBeNull()
  })
})

describe('a new address', () => {
  const good = ['ada@example.com', 'a.b+c@sub.example.co', "o'hara@example.org", 'owner@localhost', 'OWNER@LocalHost']
  test.each([...good, '1@1.xn--p1ai', 'a@b-c.de'])('may be %s', (email) => {
    expect(takes(NewEmail, email)).toBe(true)
  })

  test.each([
    '.a@example.com',
    'a.@example.com',
    'a..b@example.com',
    '.=*fu@0',
    'a@0',
    'a@1.2.3.4',
    'a@b',
    'a@b.1',
    'K@\u212a.de',
  ])('may not be %s', (email) => expect(takes(NewEmail, email)).toBe(false))

  test.each(['.=*fu@0', 'a.@b', 'a..b@example.com'])('may be %s only where an account has it already', (email) => {
    expect([takes(Email, email), takes(NewEmail, email)]).toEqual([true, false])
  })
})

describe('a time', () => {
  test('leaves as RFC 3339 in UTC and whole seconds, and can be read again', () => {
    const date = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    fc.assert(
      fc.property(date, (date) => {
        const text = Time.decode(date)
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
        expect(new Date(Time.encode(text)).getTime()).toBe(Math.floor(date.getTime() / 1000) * 1000)
      }),
    )
  })
})

describe('a number', () => {
  test.each([
    [Ttl, [1, 60.0, 4294967295, null, undefined], [0, -1, 1.5, 4294967296, '60', true, Number.NaN, Infinity]],
    [page.page, [0, 1, 4294967295, undefined], [-1, 1.5, 4294967296, '1', null]],
    [page.per_page, [0, 8, 255, undefined], [-1, 256, 0.5, '8', null]],
  ])('has its bounds, and a text is none (%#)', (schema, good, bad) => {
    expect(good.filter((value) => !takes(schema, value))).toEqual([])
    expect(bad.filter((value) => takes(schema, value))).toEqual([])
  })
})
