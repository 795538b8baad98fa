import type { Cookies } from '@sveltejs/kit'

/** The time zone that the browser sent; UTC if it sent none, or an unknown one. */
export function readZone(cookies: Cookies): string {
  const zone = cookies.get('zone') ?? ''
  return isZone(zone) ? zone : 'UTC'
}

/** Requires a name, because not every browser accepts an offset such as `+05:30`. */
function isZone(name: string) {
  try {
    return /^[a-z]/i.test(name) && Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}
