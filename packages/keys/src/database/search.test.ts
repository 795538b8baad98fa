import { expect, test } from 'vitest'
import { z } from 'zod'
import { execute, freshDatabase } from '../../test/database.ts'

const { url } = await freshDatabase()

/** The pairs that a search does not take for the same text. */
async function different(pairs: [string, string][]) {
  const rows = await execute(
    url,
    'SELECT a, b FROM unnest($1::text[], $2::text[]) AS pairs (a, b) WHERE fold_for_search(a) <> fold_for_search(b)',
    [pairs.map(([one]) => one), pairs.map(([, other]) => other)],
  )
  return z.array(z.object({ a: z.string(), b: z.string() })).parse(rows)
}

/** Todhri, Tulu-Tigalari, Gurung Khema and Kirat Rai: PostgreSQL knows the composed letters of Unicode 16 from 18 on. */
const YOUNG = /[\u{105c0}-\u{105ff}\u{11380}-\u{113ff}\u{16100}-\u{1613f}\u{16d40}-\u{16d7f}]/u

const letters = Array.from({ length: 0x110000 }, (_, code) => code)
  .filter((code) => code > 0 && (code < 0xd800 || code > 0xdfff))
  .map((code) => String.fromCodePoint(code))

test('a letter and its lower case are the same in a search, in every script that Node knows, whatever ICU the server has', async () => {
  const cased = letters.filter((letter) => letter.toLowerCase() !== letter)
  expect(cased.length).toBeGreaterThan(1400)
  expect(await different(cased.map((letter) => [letter, letter.toLowerCase()]))).toEqual([])
})

test('a text composed and decomposed is the same in a search, in every script, in capitals, too', async () => {
  const composed = letters.filter((letter) => letter.normalize('NFD') !== letter && !YOUNG.test(letter))
  expect(composed.length).toBeGreaterThan(12_000)
  expect(await different(composed.map((letter) => [letter, letter.normalize('NFD')]))).toEqual([])
  expect(await different(composed.map((letter) => [letter, letter.toLowerCase().normalize('NFD')]))).toEqual([])
})

test('a sigma is the same within a word and at its end, because a part of a word has no end', async () => {
  expect(
    await different([
      ['ΟΔΟΣ', 'οδος'],
      ['οδος', 'οδοσ'],
      ['ΣΑΣ', 'σας'],
    ]),
  ).toEqual([])
})

test('other letters stay different', async () => {
  const others: [string, string][] = [
    ['e', 'é'],
    ['ss', 'ß'],
    ['i', 'ı'],
    ['a', 'b'],
    ['ა', 'ბ'],
    ['1', '１'],
  ]
  expect(await different(others)).toHaveLength(others.length)
})
