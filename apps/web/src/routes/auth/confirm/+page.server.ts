import { redirect } from '@sveltejs/kit'
import type { Api } from '#lib/server/api.ts'
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
    const signedIn = await signIn(locals.api, token).catch(whyDead)
    forgetLink(cookies, url)
    if (typeof signedIn === 'string') return { refused: signedIn }
    startSession(cookies, signedIn.session)
    redirect(303, pathAfterSignIn(cookies, signedIn.path))
  },
}

/** The link is read first, because it is dead once it was used. */
async function signIn({ auth }: Api, token: string) {
  const { path } = await auth.inspectLink.mutate({ token })
  return { path, session: await auth.confirm.mutate({ token }) }
}
