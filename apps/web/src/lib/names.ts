import { words } from './words/en.ts'

const LIMIT = 64 // code points, as the API counts

/** Characters that are invisible or turn the direction of the text beside them, as the API lists them. */
const invisible =
  /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\u2028\u2029\u2800\ufff9-\ufffc\u{13430}-\u{13442}\u{16fe4}\u{1d159}]/gu
/** Scripts and emoji need these in new names. */
const needed = ['\u200c', '\u200d', '\ufe0e', '\ufe0f']
const withoutBase = /^[\p{Mark}\u200c\u200d]/u
/** Joiners and variation selectors are harmless inside emoji. */
const insideEmoji = /(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)(?:\u200d|\ufe0f)/gu

/** A name with its invisible characters spelled out, so that no two names look the same. */
export function visible(name: string): string {
  const harmless = new Set([...name.matchAll(insideEmoji)].map(({ index }) => index))
  return name.replace(invisible, (character: string, index: number) =>
    harmless.has(index) ? character : `‹${codeOf(character)}›`,
  )
}

export const length = (name: string): number => [...name].length

export const isTooLong = (name: string): boolean => length(name) > LIMIT

/** Why the API would reject a name; undefined if it would not. */
export function problemOfName(name: string): string | undefined {
  if (name === '') return words.name.missing
  if (isTooLong(name)) return words.name.tooLong
  if (/\p{Cc}/u.test(name)) return words.name.control
  const hidden = name.match(invisible)?.find((character) => !needed.includes(character))
  if (hidden) return words.name.invisible.replace('{code}', codeOf(hidden))
  const [first] = withoutBase.exec(name) ?? []
  return first && words.name.withoutBase.replace('{code}', codeOf(first))
}

export const initials = (name: string): string => {
  const [first = '', ...others] = visible(name).split(/\s+/)
  return [first, others.at(-1) ?? '']
    .map((word) => [...word][0] ?? '')
    .join('')
    .toUpperCase()
}

const codeOf = (character: string) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

/** Whether the typed text is this name, as it is stored or as it is shown. */
export const isTyped = (typed: string, name: string): boolean => [name, visible(name)].includes(typed.trim())
