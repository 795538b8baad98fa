/** Text such as `bencher_run_…`, with whatever a leak has around it. A cut or mistyped key is no text for a URL, either. */
const KEY = /(?<prefix>[0-9A-Za-z_]*)_(?<kind>run|user)_[0-9A-Za-z]{20,}/i

/** The credential that was pasted into a search: a key of a project, or an API token of a user; null for any other text. */
export function pastedKey(text: string): { key: string; kind: 'run' | 'user' } | null {
  const [key, , kind] = KEY.exec(text) ?? []
  if (key === undefined) return null
  return { key, kind: kind?.toLowerCase() === 'user' ? 'user' : 'run' }
}

/** A text that may stand in a URL. */
export const withoutKey = (text: string): string => (pastedKey(text) ? '' : text)
