import { changeRole, inviteMember, loadMembers, removeMember, withdrawInvitation } from '#lib/server/member-pages.ts'
import { membersOfProject } from '#lib/server/members.ts'

type Event = { request: Request; url: URL; locals: App.Locals; params: { project: string } }

export const load = ({ locals, params, url }) => loadMembers(membersOfProject(locals.api, params.project), url)

export const actions = {
  invite: (event) => inviteMember(membersOf(event), event.request),
  withdraw: (event) => withdrawInvitation(membersOf(event), event.request),
  change: (event) => changeRole(membersOf(event), leaving(event)),
  remove: (event) => removeMember(membersOf(event), leaving(event)),
}

const membersOf = ({ locals, params }: Event) => membersOfProject(locals.api, params.project)
const leaving = ({ request, url, locals: { api } }: Event) => ({ request, url, api })
