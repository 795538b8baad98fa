import { redirect } from '@sveltejs/kit'
import { forgetLink, pathAfterSignIn, tokenOfLink, whyDead } from '#lib/server/link.ts'
import { startSession } from '#lib/server/session.ts'

export async function load(event) {
  const token = tokenOfLink(event)
  try {
    return { person: await event.locals.api.auth.inspectLink.mutate({ token }), token }
  } catch (error) {
    return { person: null, token: '', refused: whyDead(error) }
  }
}

export const actions = {
  async default({ request, url, cookies, locals }) {
    const token = String((await request.formData()).get('token'))
    const session = await locals.api.auth.confirm.mutate({ token }).catch(whyDead)
    forgetLink(cookies, url)
    if (typeof session === 'string') return { refused: session }
    startSession(cookies, session)
    redirect(303, pathAfterSignIn(cookies))
  },
}
