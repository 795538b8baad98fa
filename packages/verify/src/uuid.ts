const HYPHENATED = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const BARE = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/

/** The canonical text of a UUID, in lower case with hyphens, out of any spelling; null where the text is no UUID. */
export function readUuid(text: string): string | null {
  if (text.length !== 36 && text.length !== 32) return null
  const lower = text.toLowerCase()
  if (HYPHENATED.test(lower)) return lower
  return BARE.test(lower) ? lower.replace(BARE, '$1-$2-$3-$4-$5') : null
}
