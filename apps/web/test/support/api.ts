import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { createSecrets, createTokens, signInLink } from '@project-keys/keys'
import type { Outputs, User } from '../../src/lib/api-types.ts'
import { nextLink } from './mails.ts'
import type { Place } from './service.ts'

type CreatedKey = Outputs['projectKeys']['create']

/** Prepares data over REST, as the owner. */
export function createRest({ apiUrl, consoleUrl, secret, owner, output }: Place) {
  const tokens = createTokens({ secrets: createSecrets(secret), issuer: `${consoleUrl}/` })
  const session = (email: string, ttl: number) => tokens.sign({ audience: 'client', email, now: new Date(), ttl })
  const token = session(owner, 3600)

  const call = <Answer>(method: string, path: string, body?: object) => callAs<Answer>(token, method, path, body)

  async function callAs<Answer>(token: string, method: string, path: string, body?: object): Promise<Answer> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await fetch(`${apiUrl}/v0${path}`, { method, headers, body: body ? JSON.stringify(body) : null })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response.status === 204 ? JSON.parse('null') : await response.json()
  }

  /** The user who has an address. */
  async function find(email: string): Promise<User> {
    const [user] = await call<User[]>('GET', `/users?search=${encodeURIComponent(email)}`)
    if (!user) throw new Error(`There is no user ${email}.`)
    return user
  }

  return {
    callAs,
    /** A session of a user who has an account; one with another lifetime, in seconds, is another session. */
    session,
    /** A sign-in link, as the server prints it. */
    link: (email = owner) => signInLink({ tokens, consoleUrl, email, now: new Date() }),
    async createProject(name = 'example', organization = 'example') {
      const slug = `p-${randomUUID().slice(0, 8)}`
      await call('POST', `/organizations/${organization}/projects`, { name, slug, visibility: 'private' })
      return slug
    },
    createKey: (project: string, name: string, ttl?: number) =>
      call<CreatedKey>('POST', `/projects/${project}/keys`, { name, ttl }),
    /** Verifies the key, as another service would, and waits until the API has recorded the use. */
    async use(project: string, { uuid, key }: CreatedKey) {
      const { status } = await fetch(`${apiUrl}/v0/verify`, { headers: { authorization: `Bearer ${key}` } })
      if (status !== 200) throw new Error(`The key was rejected: ${status}.`)
      const path = `/projects/${project}/keys/${uuid}/usage`
      while (!(await call<Outputs['verification']['usage']>('GET', path)).last_used) await setTimeout(100)
    },
    revokeKey: (project: string, uuid: string) => call<null>('DELETE', `/projects/${project}/keys/${uuid}`),
    listKeys: (project: string) => call<Outputs['projectKeys']['list']>('GET', `/projects/${project}/keys`),
    /** The owner. */
    me: () => find(owner),
    find,
    lock: (uuid: string, locked: boolean) => call<User>('PATCH', `/users/${uuid}`, { locked }),
    listTokens: (uuid: string) => call<Outputs['userKeys']['list']>('GET', `/users/${uuid}/keys`),
    invite: (project: string, email: string, role: string) =>
      call('POST', `/projects/${project}/members`, { email, role }),
    /** A person with an account. */
    async signUp(name: string, email: string) {
      await call('POST', '/auth/signup', { name, email, i_agree: true })
      const token = new URL(await nextLink(email, output)).searchParams.get('token')
      await call('POST', '/auth/confirm', { token })
    },
  }
}
