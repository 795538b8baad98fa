/** A text to search in any letter case of any script, composed or not: É matches é, and e with an accent of its own. */
export const folded = (...columns: string[]) => `fold_for_search(concat_ws(E'\\n', ${columns.join(', ')})) COLLATE "C"`

/** The condition that an already folded text contains the search of `patternOf`, in SQL. */
export const contains = (text: string, pattern: string): string =>
  `${text} LIKE (${foldedPattern(pattern)}) COLLATE "C"`

/** The same where a statement is planned once: the subquery folds the pattern once, and not for each row. */
export const containsPrepared = (text: string, pattern: string): string =>
  `${text} LIKE (SELECT ${foldedPattern(pattern)}) COLLATE "C"`

const foldedPattern = (pattern: string) => `'%' || fold_for_search(${pattern}) || '%'`

/** The condition that a word in any of these columns begins with the search of `patternOf`. */
export const hasWord = (columns: string[], pattern: string): string =>
  `${folded(columns.map((column) => `' ' || ${column}`).join(', '))} LIKE (SELECT '% ' || fold_for_search(${pattern}) || '%') COLLATE "C"`

/**
 * `%`, `_` and a backslash stand for themselves. Before `%` or `_`, however, a backslash makes that letter a wildcard, as
 * in Bencher. No name has a control character, so with one the pattern is null, which matches nothing.
 */
export const patternOf = (search: string): string | null =>
  /\p{Cc}/u.test(search)
    ? null
    : search.replace(/\\([%_])|[\\%_]/g, (letters, wildcard) => (wildcard ? `\\\\${wildcard}` : `\\${letters}`))
