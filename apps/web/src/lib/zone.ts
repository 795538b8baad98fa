import { refreshAll } from '$app/navigation'
import { page } from '$app/state'

const YEAR = 365 * 24 * 60 * 60 // s

/** The reader's time zone, as far as the server knows: UTC until the browser has told, or where it can't. */
export const zone = {
  get name() {
    return page.data.zone ?? 'UTC'
  },
}

/** Tells the server, by a cookie, in which zone the browser is. A page that was made for another one is made again. */
export function tellZone() {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  const secure = location.protocol === 'https:' ? '; secure' : ''
  // biome-ignore lint/suspicious/noDocumentCookie: cookieStore is there over https alone
  document.cookie = `zone=${timeZone}; path=/; max-age=${YEAR}; samesite=lax${secure}`
  if (timeZone !== zone.name) refreshAll()
}
