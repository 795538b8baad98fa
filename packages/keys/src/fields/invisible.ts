/**
 * Characters that are drawn as nothing or that turn the direction of the text around them, but the joiners and the two
 * variation selectors that scripts and emoji need. Unicode has no property for those that are named by their codes: line
 * separators, a blank of Braille, annotations, controls and blanks of hieroglyphs, a filler, a musical note.
 */
const INVISIBLE =
  /(?!\u200c|\u200d|\ufe0e|\ufe0f)[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\u2028\u2029\u2800\ufff9-\ufffc\u{13430}-\u{13442}\u{16fe4}\u{1d159}]/u

/** A character that is drawn only with the one before it. */
const WITHOUT_BASE = /^[\p{Mark}\u200c\u200d]/u

/** Why a text must not be a new name, because some of it cannot be seen; null if all of it can. */
export function invisiblePart(text: string): string | null {
  const invisible = INVISIBLE.exec(text)
  if (invisible) return `must not contain ${codeOf(invisible)}, because it is invisible`
  const first = WITHOUT_BASE.exec(text)
  return first && `must not begin with ${codeOf(first)}, because it is drawn only with a character before it`
}

const codeOf = ([character]: RegExpExecArray): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
