import { z } from 'zod'
import { type Service, START } from './service.ts'
import { createKey, createProject, createUserKey, type Person, signUp } from './world.ts'

export type People = Awaited<ReturnType<typeof createPeople>>
export type Tenant = Awaited<ReturnType<typeof createTenant>>

/** The people of a tenant. Others change and remove `mate`, and `guest` is invited. */
export async function createPeople(service: Service) {
  const [leader, maintainer, developer, viewer, mate, guest] = await Promise.all([
    signUp(service, 'Leader'),
    signUp(service, 'Maintainer'),
    signUp(service, 'Developer'),
    signUp(service, 'Viewer'),
    signUp(service, 'Mate'),
    signUp(service, 'Guest'),
  ])
  return { leader, maintainer, developer, viewer, mate, guest }
}

/** Creates an organization with a project, its people, keys and invitations. */
export async function createTenant(service: Service, people: People, visibility = 'public') {
  const { leader, maintainer, developer, viewer, mate, guest } = people
  const project = await createProject(service, leader, visibility)
  const times = { created: START, modified: START }
  const { organization } = project
  const members = [
    { user: maintainer.uuid, role: 'maintainer' as const },
    { user: developer.uuid, role: 'developer' as const },
    { user: viewer.uuid, role: 'viewer' as const },
    { user: mate.uuid, role: 'viewer' as const },
  ]
  await service.db.prisma.projectMember.createMany({
    data: members.map((member) => ({ ...member, ...times, project: project.uuid })),
  })
  await service.db.prisma.organizationMember.create({
    data: { organization, user: mate.uuid, role: 'leader', ...times },
  })
  const atOrganization = await invite(service, leader, {
    at: `organizations/${organization}`,
    email: guest.email,
    role: 'leader',
  })
  const atProject = await invite(service, leader, {
    at: `projects/${project.uuid}`,
    email: guest.email,
    role: 'viewer',
  })
  const key = await createKey(service, mate, project, { name: 'target' })
  await rotated(service, key)
  const projectKey = await createKey(service, leader, project, { name: 'credential', self_rotation: true })
  const userKey = await createUserKey(service, maintainer, { name: 'target' })
  return { ...people, project, key, projectKey, userKey, invitations: { atOrganization, atProject } }
}

/** As if it had been rotated just now, so that its rotation can be ended. */
const rotated = ({ db }: Service, { uuid }: { uuid: string }) =>
  db.pool.query(
    `WITH now AS (UPDATE project_keys SET rotated = creation WHERE uuid = $1 RETURNING uuid, creation)
     INSERT INTO project_key_rotations (key, hash, last_four, started, grace, ends)
     SELECT uuid, sha256(uuid::text::bytea), 'abcd', creation, 0, creation + interval '30 days' FROM now`,
    [uuid],
  )

type Invited = { at: string; email: string; role: string }
const Invitations = z.array(z.object({ uuid: z.string(), email: z.string() }))

/** Invites an address and returns the invitation with the token of its mail. */
export async function invite(service: Service, { token }: Pick<Person, 'token'>, { at, email, role }: Invited) {
  await service.send('POST', `/v0/${at}/members`, { token, body: { email, role } })
  const { body } = await service.send('GET', `/v0/${at}/invitations?per_page=255`, { token })
  const [invitation] = Invitations.parse(body).filter((each) => each.email === email)
  return { uuid: invitation?.uuid ?? '', invite: mailedToken(service, email) }
}

/** The token in the last mail to an address. */
export function mailedToken(service: Service, email: string): string {
  const mail = service.mails.findLast(({ to }) => to === email)
  return new URL(mail?.url ?? 'http://nothing').searchParams.get('token') ?? ''
}
