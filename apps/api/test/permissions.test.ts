import { beforeAll, describe, expect, test } from 'vitest'
import { startService } from './service.ts'
import { addMember, createKey, createProject, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
const people: Record<string, { token: string }> = { admin: service.admin }
const projects: Record<string, Project> = {}
let leader: Person

beforeAll(async () => {
  leader = await signUp(service)
  people.outsider = await signUp(service)
  people.leader = leader
  for (const visibility of ['public', 'private']) {
    const project = await createProject(service, service.admin, visibility)
    projects[visibility] = project
    const place = { organization: project.organization, user: leader.uuid }
    const member = { ...place, role: 'leader' as const, created: new Date(), modified: new Date() }
    await service.db.prisma.organizationMember.create({ data: member })
    for (const role of ['viewer', 'developer', 'maintainer'] as const) {
      people[`${visibility} ${role}`] = await addMember(service, project, role)
    }
  }
})

/** The statuses of all five endpoints. */
async function tryAll(visibility: string, who: string): Promise<number[]> {
  const project = projects[visibility]
  const token = people[who]?.token
  if (!project || !token) throw new Error(`There is no ${visibility} project, or nobody called ${who}.`)
  const key = await createKey(service, service.admin, project, { name: 'a' })
  const requests: [string, string, unknown?][] = [
    ['GET', keysOf(project)],
    ['POST', keysOf(project), { name: 'b' }],
    ['GET', keyOf(project, key)],
    ['PATCH', keyOf(project, key), { name: 'c' }],
    ['DELETE', keyOf(project, key)],
  ]
  const statuses: number[] = []
  for (const [method, path, body] of requests) statuses.push((await service.send(method, path, { token, body })).status)
  return statuses
}

describe('managing a project’s keys', () => {
  const ALLOWED = [200, 201, 200, 200, 204]
  test.each([
    ['public', 'admin'],
    ['public', 'leader'],
    ['public', 'public maintainer'],
    ['private', 'admin'],
    ['private', 'leader'],
    ['private', 'private maintainer'],
  ])('of a %s project is for %s', async (visibility, who) => {
    expect(await tryAll(visibility, who)).toEqual(ALLOWED)
  })

  test.each([
    ['public', 'outsider', 403],
    ['public', 'public viewer', 403],
    ['public', 'public developer', 403],
    ['public', 'private maintainer', 403],
    ['private', 'outsider', 404],
    ['private', 'public maintainer', 404],
    ['private', 'private viewer', 403],
    ['private', 'private developer', 403],
  ])('of a %s project is not for %s: %i', async (visibility, who, status) => {
    expect(await tryAll(visibility, who)).toEqual(ALLOWED.map(() => status))
  })

  test('shows who may not see a private project the same as for one that is not there', async () => {
    const token = people.outsider?.token
    const hidden = projects.private?.slug ?? ''
    const paths = (slug: string) => [`/v0/projects/${slug}`, keysOf({ slug }), keyOf({ slug }, { uuid: leader.uuid })]
    const bodies = (slug: string) =>
      Promise.all(paths(slug).map(async (path) => shapeOf(await service.send('GET', path, { token }))))
    expect(await bodies(hidden)).toEqual(await bodies('nowhere'))
  })
})

function shapeOf({ status, text, headers }: { status: number; text: string; headers: Headers }) {
  const names = [...headers.keys()].filter((name) => name !== 'date')
  return { status, names, text: text.replace(/"request_id":"[^"]*"/, '') }
}

describe('GET /v0/projects/{project}', () => {
  const view = async (visibility: string, who: string) =>
    (await service.send('GET', `/v0/projects/${projects[visibility]?.slug}`, { token: people[who]?.token })).status

  test('shows exactly its fields', async () => {
    const project = projects.public
    const { body } = await service.send('GET', `/v0/projects/${project?.slug}`, { token: people.outsider?.token })
    expect(body).toEqual({
      uuid: project?.uuid,
      organization: project?.organization,
      name: project?.slug,
      slug: project?.slug,
      url: null,
      visibility: 'public',
      created: '2026-05-01T12:00:00Z',
      modified: '2026-05-01T12:00:00Z',
      claimed: '2026-05-01T12:00:00Z',
    })
  })

  test('shows a public one to everybody who is signed in, a private one to its members', async () => {
    for (const who of ['outsider', 'public viewer', 'leader', 'admin']) expect(await view('public', who)).toBe(200)
    for (const who of ['private viewer', 'private developer', 'leader', 'admin'])
      expect(await view('private', who)).toBe(200)
    expect(await view('private', 'outsider')).toBe(404)
  })
})
