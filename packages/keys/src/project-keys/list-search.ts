import type { AddParameter } from '../database/parameters.ts'
import { contains, containsPrepared, hasWord, patternOf } from '../database/search.ts'
import { keyFrom } from './columns.ts'
import { KEYS } from './list-counts.ts'

/** Below this many keys in the project, a search that is planned once and reads each key is the fastest. */
export const FEW = 2000
/** From this many on, the trigram index is faster than reading each key. */
const MANY = 20_000
/** PostgreSQL's trigrams have three letters: a shorter text can't use their index. */
const TRIGRAM = 3

/** What a text may be beside a part of a name or a UUID: null if it has another form. */
const lastFourOf = (search: string) => /^(?:.*(?:…|\.\.\.))?([0-9a-z]{4})$/i.exec(search)?.[1]?.toLowerCase() ?? null
const addressOf = (search: string) =>
  /^(?=..+)[\da-f]*[.:][\da-f.:]*$/i.test(search) ? `${search.toLowerCase()}%` : null

/** The placeholders of a search, in this order. REST searches by the pattern alone. */
type Placeholders = { pattern: string; lastFour: string; address: string }

/** The values of a search, in the order of its placeholders. */
export const valuesOf = (search: string, isConsole: boolean) =>
  isConsole ? [patternOf(search), lastFourOf(search), addressOf(search)] : [patternOf(search)]

/** The placeholders of the values that a search has, planned for each request. */
export function placeholdersOf(search: string, isConsole: boolean, parameter: AddParameter): Placeholders {
  const given = (value: string | null | undefined) => (value ? parameter(value) : 'NULL::text')
  const [pattern, lastFour, address] = valuesOf(search, isConsole)
  return { pattern: parameter(pattern), lastFour: given(lastFour), address: given(address) }
}

/** The users who match a search of the console, by the beginning of any word of their name, or of their address. */
export const makersBy = (pattern: string, only = '') => `makers AS MATERIALIZED (
    SELECT uuid FROM users WHERE ${hasWord(['name', 'email'], pattern)} ${only}
  ),`

/** Those of a project with few keys: to read the makers of its keys is faster than to read all users. */
export const makersInProject = (pattern: string) =>
  makersBy(pattern, 'AND uuid IN (SELECT creator FROM project_keys WHERE project = $3)')

/**
 * The console also searches for makers, for the last four letters, and for the address of the last use. That is a value for
 * each key, because with EXISTS PostgreSQL would read the last uses of all projects.
 */
const alsoFound = (key: string, { lastFour, address }: Placeholders) => `${key}.creator IN (SELECT uuid FROM makers)
    OR lower(${key}.last_four COLLATE "C") = ${lastFour}
    OR (${address} IS NOT NULL
      AND (SELECT lower(used.address) FROM project_key_uses used WHERE used.key = ${key}.uuid) LIKE ${address})`

/**
 * A search that reads each of these keys, or none if the project has more than a few by now. The inner limit is there for
 * the plan: without a number, PostgreSQL might read the keys of all projects.
 */
export function searchAmong(few: string, placeholders: Placeholders, isConsole: boolean): string {
  const byName = containsPrepared('few.search', placeholders.pattern)
  const found = isConsole ? `(${byName} OR ${alsoFound('few', placeholders)})` : byName
  return `SELECT ${keyFrom('few')} FROM (${few} LIMIT ${FEW}) few WHERE ${KEYS} < ${FEW} AND ${found}`
}

/** The condition on a row of `project_keys` that a search matches it; the console's needs the expression of `makersBy`. */
export function matchesSearch(placeholders: Placeholders, isConsole: boolean): string {
  const byName = contains('search', placeholders.pattern)
  return isConsole ? `(${byName} OR ${alsoFound('project_keys', placeholders)})` : byName
}

/** `select` … FROM project_keys. `keys`: how many the project had last, if that is known. */
type Searched = { select: string; where: string; search: string; keys: number | undefined; isConsole: boolean }

/**
 * Below MANY keys, reads each key of the project; else uses the trigram index and that of the makers. Where the number of
 * keys is not known, the kept totals decide inside the statement: PostgreSQL runs only the branches whose condition on them
 * holds. No index has the last four letters or the address, so a text of such a form reads each key in any case.
 */
export function searched({ select, where, search, keys, isConsole }: Searched, placeholders: Placeholders): string {
  const byName = contains('search', placeholders.pattern)
  // No index matches this expression, so the search stays on the project's own keys.
  const each = `${select} WHERE ${where} AND (${matchesSearch(placeholders, isConsole)}) IS TRUE`
  const hasOtherForm = isConsole && (lastFourOf(search) ?? addressOf(search)) !== null
  if ([...search].length < TRIGRAM || hasOtherForm) return each
  const byTrigrams = `${select} WHERE ${where} AND ${byName}`
  // OFFSET keeps PostgreSQL on one maker after the other, and the range of one on the index of makers: by an equation it
  // would read the whole project if one maker has made most keys of the server.
  const byMaker = `SELECT made.* FROM makers, LATERAL (${select} WHERE ${where}
    AND project_keys.creator BETWEEN makers.uuid AND makers.uuid AND (${byName}) IS NOT TRUE OFFSET 0) AS made`
  const indexed = isConsole ? [byTrigrams, byMaker] : [byTrigrams]
  if (keys !== undefined) return keys < MANY ? each : indexed.join(' UNION ALL ')
  const few = `${KEYS} < ${MANY}`
  return [
    `${each} AND ${few}`,
    `${byTrigrams} AND NOT ${few}`,
    ...(isConsole ? [`${byMaker} WHERE NOT ${few}`] : []),
  ].join(' UNION ALL ')
}
