import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { z } from 'zod'
import { type Service, START } from './service.ts'

export type Person = { uuid: string; slug: string; email: string; token: string }
export type Project = { uuid: string; slug: string; organization: string; visibility: string }

const Person = z.object({ uuid: z.string(), slug: z.string(), email: z.string() })
const Project = z.object({ uuid: z.string(), slug: z.string(), organization: z.string(), visibility: z.string() })
const Key = z.object({ uuid: z.string(), key: z.string(), creation: z.string(), expiration: z.string() })

/** Signs up a new user by the mailed link. */
export async function signUp(service: Service, name = 'Ada'): Promise<Person> {
  const email = `${randomUUID()}@example.com`
  await service.send('POST', '/v0/auth/signup', { body: { name, email, i_agree: true } })
  const link = service.mails.findLast((mail) => mail.to === email)
  const token = new URL(link?.url ?? '').searchParams.get('token')
  const { body } = await service.send('POST', '/v0/auth/confirm', { body: { token } })
  const session = z.object({ user: Person, token: z.string() }).parse(body)
  return { ...session.user, token: session.token }
}

/** Creates a project in an organization of its own, which `leader` leads. */
export async function createProject(
  service: Service,
  leader: { token: string },
  visibility = 'public',
): Promise<Project> {
  const slug = `p-${randomUUID()}`
  const made = await service.send('POST', '/v0/organizations', { token: leader.token, body: { name: slug, slug } })
  expect(made.status).toBe(201)
  const path = `/v0/organizations/${slug}/projects`
  const { body } = await service.send('POST', path, { token: leader.token, body: { name: slug, slug, visibility } })
  return Project.parse(body)
}

/** Signs up a user whose only role is this one. */
export async function addMember(service: Service, project: Project, role: 'viewer' | 'developer' | 'maintainer') {
  const person = await signUp(service, role)
  const data = { project: project.uuid, user: person.uuid, role, created: START, modified: START }
  await service.db.prisma.projectMember.create({ data })
  return person
}

export const keysOf = ({ slug }: { slug: string }) => `/v0/projects/${slug}/keys`
export const keyOf = (project: { slug: string }, { uuid }: { uuid: string }) => `${keysOf(project)}/${uuid}`

type NewKey = { name: string; ttl?: number; scopes?: string[]; self_rotation?: boolean }

/** Creates a project key and returns it with its plaintext. */
export async function createKey(service: Service, { token }: { token: string }, project: Project, body: NewKey) {
  return Key.parse((await service.send('POST', keysOf(project), { token, body })).body)
}

/** Creates a user key, that is, an API token. */
export async function createUserKey(service: Service, { uuid, token }: Person, body: NewKey) {
  return Key.parse((await service.send('POST', `/v0/users/${uuid}/keys`, { token, body })).body)
}

/** The names of a list's items, in order. */
export const namesIn = (body: unknown) =>
  z
    .array(z.object({ name: z.string() }))
    .parse(body)
    .map(({ name }) => name)
