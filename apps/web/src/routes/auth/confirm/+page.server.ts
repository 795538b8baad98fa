import { redirect } from '@sveltejs/kit'
import { refusal } from '#lib/server/api.ts'
import { startSession } from '#lib/server/session.ts'
import { isSecure } from '#lib/server/settings.ts'

const LINK = 'sign-in-link'
const MINUTES = 60 // s
const options = { httpOnly: true, sameSite: 'lax', path: '/auth/confirm', secure: isSecure } as const

/**
 * The link's token leaves the address bar first, and with it the history and every Referer. The page itself then needs no
 * `no-referrer`, under which browsers send a form without its origin.
 */
export async function load({ url, cookies, locals, setHeaders }) {
  const given = url.searchParams.get('token')
  if (given !== null) {
    setHeaders({ 'referrer-policy': 'no-referrer' })
    cookies.set(LINK, given, { ...options, maxAge: 30 * MINUTES })
    redirect(303, '/auth/confirm')
  }
  const token = cookies.get(LINK) ?? ''
  try {
    return { person: await locals.api.auth.inspectLink.mutate({ token }), token }
  } catch (error) {
    return { person: null, token: '', refused: sentence(error) }
  }
}

export const actions = {
  async default({ request, cookies, locals }) {
    const token = String((await request.formData()).get('token'))
    const session = await locals.api.auth.confirm.mutate({ token }).catch(sentence)
    cookies.delete(LINK, options)
    if (typeof session === 'string') return { refused: session }
    startSession(cookies, session)
    redirect(303, '/projects')
  },
}

/** Why the link is dead; any other failure goes on to the error page. */
function sentence(error: unknown) {
  const code = refusal(error)
  if (error instanceof Error && (code === 'UNAUTHORIZED' || code === 'BAD_REQUEST')) return error.message
  throw error
}
