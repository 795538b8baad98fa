import type { Outputs } from '../../src/lib/api-types.ts'
import { rest } from './browser.ts'
import { newAddress } from './mails.ts'

export type World = Awaited<ReturnType<typeof createWorld>>

type Thing = { uuid: string; slug: string }
type Invitations = { uuid: string }[]

/** A user with a session and something at each place of the console, and the fields of a form that is good there. */
export async function createWorld() {
  const email = newAddress('somebody')
  await rest.signUp('Somebody', email)
  const token = new URL(rest.link(email)).searchParams.get('token')
  const { user } = await rest.callAs<Outputs['auth']['confirm']>('', 'POST', '/auth/confirm', { token })
  const session = rest.session(email, 3000)
  const call = <Answer>(method: string, path: string, body?: object) => rest.callAs<Answer>(session, method, path, body)

  const { slug: organization } = await call<Thing>('POST', '/organizations', { name: email })
  const settings = { name: 'example', visibility: 'private' }
  const { slug: project } = await call<Thing>('POST', `/organizations/${organization}/projects`, settings)
  const key = await call<Thing>('POST', `/projects/${project}/keys`, { name: 'ci' })
  const userKey = await call<Thing>('POST', `/users/${user.uuid}/keys`, { name: 'ci' })
  const invited = newAddress('invited')
  await call('POST', `/projects/${project}/members`, { email: invited, role: 'viewer' })
  const [invitation] = await call<Invitations>('GET', `/projects/${project}/invitations`)

  const places: Record<string, string> = {
    'projects/[project]': project,
    'organizations/[organization]': organization,
    'keys/[key]': key.uuid,
    'tokens/[key]': userKey.uuid,
    'users/[user]': user.uuid,
  }
  const fields = {
    name: 'example',
    email: newAddress('new'),
    role: 'viewer',
    user: user.uuid,
    invitation: invitation?.uuid ?? '',
    uuid: crypto.randomUUID(),
    expiry: 'date',
    date: '2099-01-01',
    slug: `${project}-new`,
    visibility: 'public',
    reason: 'left',
    revoked: '0',
    organization,
    organizationName: 'new',
    i_agree: 'on',
    token: 'any',
    invite: 'any',
  }

  const lists = [
    `/users/${user.uuid}`,
    `/users/${user.uuid}/keys`,
    `/organizations/${organization}`,
    `/organizations/${organization}/members`,
    `/organizations/${organization}/invitations`,
    `/organizations/${organization}/projects`,
    `/projects/${project}/keys`,
    `/projects/${project}/members`,
    `/projects/${project}/invitations`,
  ]
  /** Everything that the forms could change, read with this session. */
  const state = (session: string) => Promise.all(lists.map((path) => rest.callAs<unknown>(session, 'GET', path)))
  return { user, session, places, fields, state }
}
