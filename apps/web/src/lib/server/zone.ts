import type { Cookies } from '@sveltejs/kit'

/** The time zone that the browser told; UTC if it told none, or none that is known here. */
export function readZone(cookies: Cookies): string {
  const told = cookies.get('zone') ?? ''
  return isZone(told) ? told : 'UTC'
}

/** By its name; an offset such as `+05:30` would do here, but not in each browser. */
function isZone(name: string) {
  try {
    return /^[a-z]/i.test(name) && Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}
