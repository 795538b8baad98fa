import { type Cookies, redirect } from '@sveltejs/kit'
import { isSecure } from './settings.ts'

const COOKIE = 'rows'
const YEAR = 365 * 24 * 60 * 60 // s

/** Whether this browser shows the rows of lists close together. */
export const isCompact = (cookies: Cookies): boolean => cookies.get(COOKIE) === 'compact'

type Event = { cookies: Cookies; request: Request; url: URL; locals: App.Locals }

/** Changes that, and returns to the same place in the list. Without a session it is refused, as all that lists do. */
export async function changeDensity({ cookies, request, url, locals }: Event): Promise<void> {
  await locals.api.users.me.query()
  const rows = (await request.formData()).get('rows') === 'compact' ? 'compact' : 'roomy'
  cookies.set(COOKIE, rows, { path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure, maxAge: YEAR })
  const { pathname, searchParams } = new URL(url)
  searchParams.delete('/density')
  redirect(303, [pathname, searchParams].filter(String).join('?'))
}
