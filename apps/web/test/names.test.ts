import { Name } from '@project-keys/keys'
import { describe, expect, test } from 'vitest'
import { problemOfName, visible } from '../src/lib/names.ts'

/** The console trims what people type, and no form holds a lone surrogate. */
const isTyped = (text: string) => text === text.trim() && text.isWellFormed()

test('the console refuses the names that the API refuses, and no others, for every code point', () => {
  const different: string[] = []
  for (let code = 0; code <= 0x10ffff; code++) {
    const character = String.fromCodePoint(code)
    for (const text of [character, `${character}a`, `a${character}`, `a${character}b`].filter(isTyped)) {
      if ((problemOfName(text) === undefined) !== Name.safeParse(text).success) different.push(JSON.stringify(text))
    }
  }
  expect(different).toEqual([])
})

test.each(['', 'a'.repeat(64), 'a'.repeat(65), '🚀'.repeat(64), '🚀'.repeat(65), '👩‍💻', 'e\u0301'])(
  'the console and the API agree about %j',
  (text) => {
    expect(problemOfName(text) === undefined).toBe(Name.safeParse(text).success)
  },
)

describe('an invisible character', () => {
  test.each([
    ['a\u202eb', 'U+202E'],
    ['\u3164', 'U+3164'],
    ['a\u2800', 'U+2800'],
    ['a\u{e0061}', 'U+E0061'],
  ])('is named by its code, in an old name and in the problem of a new one: %j', (name, code) => {
    expect(visible(name)).toContain(`‹${code}›`)
    expect(problemOfName(name)).toBe(`The name must not contain ${code}, because it is invisible.`)
  })

  test('is named if it begins the name, because it needs a character before it', () => {
    expect(problemOfName('\u0301a')).toMatch(/^The name must not begin with U\+0301, /)
  })
})
