import { refreshAll } from '$app/navigation'
import { page } from '$app/state'

const YEAR = 365 * 24 * 60 * 60 // s

/** The reader's time zone as the server knows it: UTC until the browser has sent it, or without JavaScript. */
export const zone = {
  get name() {
    return page.data.zone ?? 'UTC'
  },
}

/** Sends the browser's time zone to the server, in a cookie. A page rendered for another zone is loaded again. */
export function sendZone() {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  const secure = location.protocol === 'https:' ? '; secure' : ''
  // biome-ignore lint/suspicious/noDocumentCookie: cookieStore exists only over HTTPS
  document.cookie = `zone=${timeZone}; path=/; max-age=${YEAR}; samesite=lax${secure}`
  if (timeZone !== zone.name) refreshAll()
}
