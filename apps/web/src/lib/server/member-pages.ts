import { fail, redirect } from '@sveltejs/kit'
import { listHref, readListQuery } from '#lib/list-query.ts'
import { words } from '#lib/words/en.ts'
import { type Api, refusal } from './api.ts'
import { problemOfEmail } from './email.ts'
import { sentenceOf } from './failure.ts'
import type { Members } from './members.ts'

/** A page of members with all who are invited; the member whom one is asked to remove may stand on another page. */
export async function loadMembers(of: Members, url: URL) {
  const query = readListQuery(url)
  const removed = url.searchParams.get('remove')
  const [{ members, total }, invitations, removing] = await Promise.all([
    of.page(query),
    of.invitations(),
    removed ? of.view(removed).catch(unlessGone) : null,
  ])
  const last = Math.max(1, Math.ceil(total / query.per_page))
  if (query.page > last) redirect(303, listHref(query, { page: last }))
  const said = url.searchParams.has('changed') ? words.members.changed : null
  return { query, members, total, invitations, removing, said, now: Date.now() }
}

export async function inviteMember(of: Members, request: Request) {
  const form = await request.formData()
  const email = String(form.get('email') ?? '').trim()
  const role = String(form.get('role') ?? '')
  const problem = await of.invite(email, role).then(() => undefined, problemOfEmail)
  return problem ? fail(400, { typed: { email, role }, problem }) : { invited: email }
}

export async function withdrawInvitation(of: Members, request: Request) {
  const invitation = String((await request.formData()).get('invitation'))
  const isGone = (await of.withdraw(invitation).catch(unlessGone)) === null
  return { withdrawn: isGone ? words.members.gone : words.members.withdrawn }
}

type Leaving = { request: Request; api: Api; href: string }

/** Who gives up their own role may have lost this very page. */
export async function changeRole(of: Members, { request, api, href }: Leaving) {
  const form = await request.formData()
  const user = String(form.get('user'))
  const role = String(form.get('role'))
  const [me] = await Promise.all([api.users.me.query(), of.setRole(user, role)])
  redirect(303, me.uuid === user && role !== 'maintainer' ? '/projects?left' : `${href}?changed`)
}

export async function removeMember(of: Members, { request, api, href }: Leaving) {
  const user = String((await request.formData()).get('user'))
  const me = await api.users.me.query()
  try {
    await of.remove(user)
  } catch (error) {
    if (refusal(error) !== 'NOT_FOUND') return fail(409, { refused: sentenceOf(error, 'CONFLICT') })
  }
  redirect(303, me.uuid === user ? '/projects?left' : href)
}

function unlessGone(error: unknown) {
  if (refusal(error) === 'NOT_FOUND') return null
  throw error
}
