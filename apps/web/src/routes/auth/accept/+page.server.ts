import { fail, redirect } from '@sveltejs/kit'
import type { InspectedInvitation } from '#lib/api-types.ts'
import { problemOfName } from '#lib/names.ts'
import { type Api, isSignedOut } from '#lib/server/api.ts'
import { forgetLink, returnToInvitation, tokenOfLink, whyDead } from '#lib/server/link.ts'
import { startSession } from '#lib/server/session.ts'

export async function load(event) {
  const invite = tokenOfLink(event)
  const { api } = event.locals
  const [invitation, signedIn] = await Promise.all([
    api.auth.inspectInvitation.mutate({ invite }).catch(whyDead),
    addressOf(event.locals),
  ])
  if (typeof invitation === 'string') return { invitation: null, refused: invitation }
  const other = signedIn === invitation.email ? null : signedIn
  return { invitation, invite, other, mustSignIn: invitation.known && signedIn !== invitation.email }
}

export const actions = {
  async accept({ request, url, cookies, locals }) {
    const form = await request.formData()
    const invite = String(form.get('invite') ?? '')
    const typed = form.has('name') ? String(form.get('name')).trim() : null
    const problem = typed === null ? undefined : problemOfName(typed)
    if (problem) return fail(400, { typed, problem })

    const { api } = locals
    const [invitation, signedIn] = await Promise.all([
      api.auth.inspectInvitation.mutate({ invite }).catch(whyDead),
      addressOf(locals),
    ])
    if (typeof invitation === 'string') return fail(400, { refused: invitation })
    if (signedIn === invitation.email) {
      await api.auth.accept.mutate({ invite })
    } else {
      const session = await api.auth.join.mutate({ invite, name: typed }).catch(whyDead)
      if (typeof session === 'string') return fail(400, { refused: session })
      if (signedIn !== null) await api.auth.signOut.mutate()
      startSession(cookies, session)
    }
    forgetLink(cookies, url)
    redirect(303, firstPage(invitation))
  },

  /** The link of an invitation signs in to no account, because it may be in the wrong hands. */
  async signIn({ request, cookies, locals }) {
    const invite = String((await request.formData()).get('invite') ?? '')
    const invitation = await locals.api.auth.inspectInvitation.mutate({ invite }).catch(whyDead)
    if (typeof invitation === 'string') return fail(400, { refused: invitation })
    const { email } = invitation
    await locals.api.auth.login.mutate({ email })
    returnToInvitation(cookies)
    return { sent: email }
  },
}

/** The address of the user who is signed in; null without a session, or when it has ended. */
async function addressOf({ api, session }: { api: Api; session: string | undefined }) {
  if (!session) return null
  try {
    return (await api.users.me.query()).email
  } catch (error) {
    if (isSignedOut(error)) return null
    throw error
  }
}

/** The first page for a new member. */
const firstPage = ({ kind, slug }: InspectedInvitation) =>
  kind === 'organization' ? '/projects?all' : `/projects/${slug}/keys`
