import { inviteMember, loadMembers, removeMember, withdrawInvitation } from '#lib/server/member-pages.ts'
import { leadersOf } from '#lib/server/members.ts'

type Event = { request: Request; url: URL; locals: App.Locals; params: { organization: string } }

export async function load({ locals: { api }, params: { organization }, url }) {
  const [{ slug, name }, page] = await Promise.all([
    api.organizations.view.query({ organization }),
    loadMembers(leadersOf(api, organization), url),
  ])
  return { organization: { slug, name }, ...page }
}

export const actions = {
  invite: (event) => inviteMember(membersOf(event), event.request),
  withdraw: (event) => withdrawInvitation(membersOf(event), event.request),
  remove: (event) => removeMember(membersOf(event), leaving(event)),
}

const membersOf = ({ locals, params }: Event) => leadersOf(locals.api, params.organization)
const leaving = ({ request, url, locals: { api } }: Event) => ({ request, url, api })
