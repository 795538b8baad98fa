import type { AddParameter } from './parameters.ts'

/** A text to search in any letter case, by ICU's rules, so that É matches é. */
export const folded = (...columns: string[]) =>
  `lower(concat_ws(E'\\n', ${columns.join(', ')}) COLLATE "und-x-icu") COLLATE "C"`

/** The condition that an already folded text contains `search`. No name has a control character, so none is found. */
export function contains(text: string, search: string, parameter: AddParameter): string {
  if (/\p{Cc}/u.test(search)) return 'false'
  return `${text} LIKE ('%' || lower(${parameter(patternOf(search))} COLLATE "und-x-icu") || '%') COLLATE "C"`
}

/**
 * `%`, `_` and a backslash stand for themselves. Before `%` or `_`, however, a backslash makes that letter a wildcard, as
 * in Bencher.
 */
const patternOf = (search: string) =>
  search.replace(/\\([%_])|[\\%_]/g, (letters, wildcard) => (wildcard ? `\\\\${wildcard}` : `\\${letters}`))
