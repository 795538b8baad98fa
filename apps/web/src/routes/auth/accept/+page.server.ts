import { fail, redirect } from '@sveltejs/kit'
import { problemOfName } from '#lib/names.ts'
import { type Api, refusal } from '#lib/server/api.ts'
import { forgetLink, tokenOfLink, whyDead } from '#lib/server/link.ts'
import { startSession } from '#lib/server/session.ts'

export async function load(event) {
  const invite = tokenOfLink(event)
  const { api } = event.locals
  const [invitation, signedIn] = await Promise.all([
    api.auth.inspectInvitation.mutate({ invite }).catch(whyDead),
    addressOf(event.locals),
  ])
  if (typeof invitation === 'string') return { invitation: null, refused: invitation }
  return { invitation, invite, other: signedIn === invitation.email ? null : signedIn }
}

export const actions = {
  async default({ request, url, cookies, locals }) {
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
    redirect(303, placeOf(invitation))
  },
}

/** Who is signed in here already; a session that is over counts for nobody's. */
async function addressOf({ api, session }: { api: Api; session: string | undefined }) {
  if (!session) return null
  try {
    return (await api.users.me.query()).email
  } catch (error) {
    if (refusal(error) === 'UNAUTHORIZED') return null
    throw error
  }
}

type Place = { kind: 'organization' | 'project'; slug: string; role: string }

/** Where a new member goes on: whose role is too small for the console is told so. */
function placeOf({ kind, slug, role }: Place) {
  if (kind === 'organization') return '/projects?all'
  return role === 'maintainer' ? `/projects/${slug}/keys` : '/projects?joined'
}
