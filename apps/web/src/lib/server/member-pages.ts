import { fail, redirect } from '@sveltejs/kit'
import { at, placeOf, readListQuery } from '#lib/list-query.ts'
import { words } from '#lib/words/en.ts'
import { type Api, type ErrorCode, errorCodeOf } from './api.ts'
import { problemOfEmail } from './email.ts'
import { refusalMessage } from './failure.ts'
import { toLastPage } from './last-page.ts'
import type { Members } from './members.ts'

export type LoadedMembers = Awaited<ReturnType<typeof loadMembers>>

/** A page of members, with all invitations. The member to be removed may be on another page of the list. */
export async function loadMembers(source: Members, url: URL) {
  const query = readListQuery(url)
  const removed = url.searchParams.get('remove')
  const [{ members, total }, invitations, removing] = await Promise.all([
    source.page(query),
    source.invitations(),
    removed ? leaving(source, removed).catch(nullIf('member_not_found')) : null,
  ])
  toLastPage(query, total)
  const notice = url.searchParams.has('changed') ? words.members.changed : null
  return { query, members, total, invitations, removing, notice, now: Date.now() }
}

/** A member who is about to be removed, and what they made. */
async function leaving(source: Members, user: string) {
  const [member, made] = await Promise.all([source.view(user), source.made(user)])
  return { ...member, made }
}

export async function inviteMember(source: Members, request: Request) {
  const form = await request.formData()
  const email = String(form.get('email') ?? '').trim()
  const role = String(form.get('role') ?? '')
  const problem = await source.invite(email, role).then(() => undefined, problemOfEmail)
  return problem ? fail(400, { typed: { email, role }, problem }) : { invited: email }
}

export async function withdrawInvitation(source: Members, request: Request) {
  const invitation = String((await request.formData()).get('invitation'))
  const isGone = (await source.withdraw(invitation).catch(nullIf('invitation_not_found'))) === null
  return { withdrawn: isGone ? words.members.gone : words.members.withdrawn }
}

type Leaving = { request: Request; url: URL; api: Api }

/** Users who give up their own role may have lost access to this page. */
export async function changeRole(source: Members, { request, url, api }: Leaving) {
  const form = await request.formData()
  const user = String(form.get('user'))
  const role = String(form.get('role'))
  const [me] = await Promise.all([api.users.me.query(), source.setRole(user, role)])
  redirect(303, me.uuid === user && role !== 'maintainer' ? '/projects?left' : backTo(url, 'changed'))
}

export async function removeMember(source: Members, { request, url, api }: Leaving) {
  const user = String((await request.formData()).get('user'))
  const me = await api.users.me.query()
  try {
    await source.remove(user)
  } catch (error) {
    if (errorCodeOf(error) !== 'member_not_found') return fail(409, { refused: refusalMessage(error, 'last_leader') })
  }
  redirect(303, me.uuid === user ? '/projects?left' : backTo(url))
}

/** The same place in the list, from the URL of a form in it. */
const backTo = (url: URL, notice = '') => at(url.pathname, placeOf(readListQuery(url)), notice)

const nullIf = (code: ErrorCode) => (error: unknown) => {
  if (errorCodeOf(error) === code) return null
  throw error
}
