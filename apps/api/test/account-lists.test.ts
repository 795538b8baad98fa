import { appRouter } from '@project-keys/keys'
import { beforeAll, describe, expect, test } from 'vitest'
import { endpointsOf } from '../src/rest/endpoints.ts'
import { START, startService } from './service.ts'
import { createProject, namesIn, type Person, type Project, signUp } from './world.ts'

const service = await startService()
/** In the byte order of UTF-8. */
const NAMES = ['100%', '1000', 'Alpha', 'Zeta', 'a_b', 'alpha', 'Éclair', 'éclair', '名前']
let ada: Person
let project: Project
let marker: Person

/** The path of a list, and how an item of a name is put on it. */
type List = { path: () => string; fill: (name: string, index: number) => Promise<unknown>; token: () => string }

const uuid = (index: number) => `00000000-0000-4000-8000-00000000000${index}`
const times = { created: START, modified: START }
const asAda = () => ada.token
const { prisma } = service.db

const addUser = (name: string, index: number) =>
  prisma.user.upsert({
    where: { uuid: uuid(index) },
    create: {
      uuid: uuid(index),
      name,
      slug: `u-${index}`,
      email: `u${index}@example.com`,
      emailSince: START,
      ...times,
    },
    update: {},
  })

const LISTS: Record<string, List> = {
  'organizations.list': {
    path: () => '/v0/organizations',
    token: () => marker.token,
    fill: (name, index) =>
      prisma.organization.create({
        data: {
          uuid: uuid(index),
          name,
          slug: `o-${index}`,
          claimed: START,
          ...times,
          members: { create: { user: marker.uuid, role: 'leader', ...times } },
        },
      }),
  },
  'projects.listOfOrganization': {
    path: () => `/v0/organizations/${uuid(0)}/projects`,
    token: () => marker.token,
    fill: (name, index) =>
      prisma.project.create({
        data: { uuid: uuid(index), organization: uuid(0), name, slug: `p-${index}`, visibility: 'private', ...times },
      }),
  },
  'projects.list': { path: () => '/v0/projects?search=', token: () => marker.token, fill: async () => {} },
  'users.list': { path: () => '/v0/users', token: () => service.admin.token, fill: addUser },
  'organizationMembers.list': {
    path: () => `/v0/organizations/${project.organization}/members`,
    token: asAda,
    fill: async (name, index) => {
      const user = await addUser(name, index)
      await prisma.organizationMember.create({
        data: { organization: project.organization, user: user.uuid, role: 'leader', ...times },
      })
    },
  },
  'projectMembers.list': {
    path: () => `/v0/projects/${project.slug}/members`,
    token: asAda,
    fill: async (name, index) => {
      const user = await addUser(name, index)
      await prisma.projectMember.create({ data: { project: project.uuid, user: user.uuid, role: 'viewer', ...times } })
    },
  },
  'userKeys.list': {
    path: () => `/v0/users/${ada.uuid}/keys`,
    token: asAda,
    fill: (name) => service.send('POST', `/v0/users/${ada.uuid}/keys`, { token: ada.token, body: { name } }),
  },
}

/** Those that have a file of their own. */
const ELSEWHERE = ['madeKeys.list', 'projectKeys.list', 'organizationInvitations.list', 'projectInvitations.list']

beforeAll(async () => {
  ada = await signUp(service, 'ada')
  marker = await signUp(service, 'marker')
  project = await createProject(service, ada)
  for (const { fill } of Object.values(LISTS)) {
    for (const [index, name] of NAMES.entries()) await fill(name, index)
  }
})

const ask = async ({ path, token }: List, query: Record<string, string>) => {
  const [bare = ''] = path().split('?')
  const answer = await service.send('GET', `${bare}?${new URLSearchParams(query)}`, { token: token() })
  const { status, headers, body } = answer
  return { status, total: headers.get('x-total-count'), body }
}

test('every list of the router is tested', () => {
  const lists = endpointsOf(appRouter).filter(({ shape }) => 'page' in shape)
  expect([...Object.keys(LISTS), ...ELSEWHERE].sort()).toEqual(lists.map(({ name }) => name).sort())
})

describe.each(Object.entries(LISTS))('%s', (_, list) => {
  /** Without those who are there beside our nine. */
  const ours = (body: unknown) => namesIn(body).filter((name) => NAMES.includes(name))

  test('is by name in the byte order of UTF-8, or turned round', async () => {
    expect(ours((await ask(list, { per_page: '255' })).body)).toEqual(NAMES)
    expect(ours((await ask(list, { per_page: '255', sort: 'name', direction: 'desc' })).body)).toEqual(
      NAMES.toReversed(),
    )
  })

  test('has eight on a page unless told otherwise, and the total of all whatever the page', async () => {
    const { body, total } = await ask(list, { per_page: '255' })
    const names = namesIn(body)
    expect(total).toBe(String(names.length))
    const first = await ask(list, {})
    expect([namesIn(first.body), first.total]).toEqual([names.slice(0, 8), total])
    const second = await ask(list, { page: '2', per_page: '3' })
    expect([namesIn(second.body), second.total]).toEqual([names.slice(3, 6), total])
    for (const query of [{ page: '4294967295', per_page: '255' }, { per_page: '0' }]) {
      expect(await ask(list, query)).toEqual({ status: 200, body: [], total })
    }
    expect((await ask(list, { page: '0' })).body).toEqual(first.body)
  })

  test('finds exactly a name, in its letter case', async () => {
    const { body, total } = await ask(list, { name: 'Alpha' })
    expect([namesIn(body), total]).toEqual([['Alpha'], '1'])
    expect(await ask(list, { name: 'aLPHA' })).toEqual({ status: 200, body: [], total: '0' })
  })

  test('searches a part of the name in any letter case, where % and _ are ordinary', async () => {
    const found = async (search: string) => ours((await ask(list, { search, per_page: '255' })).body)
    expect(await found('LPH')).toEqual(['Alpha', 'alpha'])
    expect(await found('ÉCL')).toEqual(['Éclair', 'éclair'])
    expect(await found('0%')).toEqual(['100%'])
    expect(await found('A_B')).toEqual(['a_b'])
    expect(await found('名')).toEqual(['名前'])
    expect(await found("'; DROP TABLE users; --")).toEqual([])
    expect(await found('')).toEqual(NAMES)
  })

  test.each([
    { page: 'x' },
    { page: '-1' },
    { page: '4294967296' },
    { per_page: '256' },
    { sort: 'uuid' },
    { direction: 'up' },
    { name: '' },
    { name: ' a' },
    { per_page: '' },
  ])('refuses %j with 400', async (query) => {
    expect((await ask(list, query)).status).toBe(400)
  })
})
