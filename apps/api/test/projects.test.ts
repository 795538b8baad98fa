import { beforeAll, describe, expect, test } from 'vitest'
import { startService } from './service.ts'
import { addMember, createKey, createProject, keysOf, namesIn, type Person, signUp } from './world.ts'

const service = await startService()
let ada: Person
let bob: Person

beforeAll(async () => {
  ada = await signUp(service, 'Ada')
  bob = await signUp(service, 'Bob')
  await send('POST', '/v0/organizations', ada, { name: 'Acme', slug: 'acme' })
})

const send = (method: string, path: string, { token }: { token?: string }, body?: unknown) =>
  service.send(method, path, { token, body })
const create = (body: unknown, person: { token?: string } = ada) =>
  send('POST', '/v0/organizations/acme/projects', person, body)
const update = (slug: string, body: unknown, person: Person = ada) =>
  send('PATCH', `/v0/projects/${slug}`, person, body)
const statusOf = async (slug: string, token?: string) =>
  (await service.send('GET', `/v0/projects/${slug}`, { token })).status

describe('POST /v0/organizations/{organization}/projects', () => {
  test('answers 201 with the project, public unless it says private, and its maker maintains it', async () => {
    const { status, body } = await create({ name: 'Open', url: 'https://example.com' })
    const acme = JSON.parse((await send('GET', '/v0/organizations/acme', ada)).text)
    expect(status).toBe(201)
    expect(body).toEqual({
      uuid: expect.any(String),
      organization: acme.uuid,
      name: 'Open',
      slug: 'open',
      url: 'https://example.com',
      visibility: 'public',
      created: '2026-05-01T12:00:00Z',
      modified: '2026-05-01T12:00:00Z',
      claimed: '2026-05-01T12:00:00Z',
    })
    expect((await create({ name: 'Closed', visibility: 'private' })).body).toMatchObject({ visibility: 'private' })
    expect((await send('GET', '/v0/projects/open/members', ada)).body).toMatchObject([
      { uuid: ada.uuid, role: 'maintainer' },
    ])
  })

  test('makes a slug of the name, and another where that is taken, in whatever organization', async () => {
    const { organization } = await createProject(service, bob)
    expect((await create({ name: 'C++ & Rust' })).body).toMatchObject({ slug: 'c-rust' })
    const elsewhere = await send('POST', `/v0/organizations/${organization}/projects`, bob, { name: 'C++ & Rust' })
    expect(elsewhere.body).toMatchObject({ slug: expect.stringMatching(/^c-rust-[0-9a-f]{6}$/) })
  })

  test.each([
    {},
    { name: 'A', visibility: 'secret' },
    { name: 'A', url: 'no url' },
    { name: 'A', url: 'javascript:alert(1)' },
    { name: 'A', url: 'ftp://example.com' },
    { name: 'A', url: `https://example.com/${'a'.repeat(2048)}` },
    { name: 'A', slug: 'a b' },
  ])('refuses %j with 400', async (body) => {
    expect((await create(body)).status).toBe(400)
  })

  test('is for its leaders and for server admins: 404 to others, as for one that is not there', async () => {
    expect((await create({ name: 'P' }, service.admin)).status).toBe(201)
    expect((await create({ name: 'P' }, bob)).status).toBe(404)
    expect((await send('POST', '/v0/organizations/nowhere/projects', bob, { name: 'P' })).status).toBe(404)
  })
})

describe('PATCH /v0/projects/{project}', () => {
  test('changes its name, slug, URL and visibility: 200', async () => {
    await create({ name: 'Before', slug: 'before', url: 'https://example.com' })
    const { status, body } = await update('before', { name: 'After', slug: 'after', visibility: 'private' })
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ name: 'After', slug: 'after', url: 'https://example.com', visibility: 'private' }),
    ])
    expect([await statusOf('before', ada.token), await statusOf('after', ada.token)]).toEqual([404, 200])
    expect(await statusOf('after', bob.token)).toBe(404)
    expect((await update('after', { url: null, name: null, slug: null, visibility: null })).body).toMatchObject({
      name: 'After',
      slug: 'after',
      url: null,
      visibility: 'private',
    })
  })

  test('moves no project to another organization, and makes nobody its owner', async () => {
    const project = await createProject(service, bob)
    const stuffed = { name: 'Mine', organization: project.organization, uuid: project.uuid, claimed: null }
    const { body } = await update('after', stuffed)
    expect(body).toMatchObject({ name: 'Mine', slug: 'after' })
    expect(body).not.toMatchObject({ organization: project.organization })
  })

  test('refuses a slug that is taken with 409', async () => {
    expect((await update('after', { slug: 'example' })).status).toBe(409)
  })

  test('is for developers too: they may edit', async () => {
    const project = await createProject(service, ada)
    const developer = await addMember(service, project, 'developer')
    expect((await update(project.slug, { name: 'Edited' }, developer)).status).toBe(200)
    expect((await send('DELETE', `/v0/projects/${project.slug}`, developer)).status).toBe(403)
  })
})

describe('DELETE /v0/projects/{project}', () => {
  test('answers 204, frees the slug and stops the keys at once', async () => {
    await create({ name: 'Short', slug: 'short' })
    const { uuid } = JSON.parse((await send('GET', '/v0/projects/short', ada)).text)
    const project = { uuid, slug: 'short', organization: '', visibility: 'public' }
    const { key } = await createKey(service, ada, project, { name: 'ci' })
    expect(await statusOf('short', key)).toBe(200)
    expect((await send('DELETE', '/v0/projects/short', ada)).status).toBe(204)
    expect([await statusOf('short', key), await statusOf(uuid, key)]).toEqual([401, 401])
    for (const id of ['short', uuid]) {
      expect([await statusOf(id, ada.token), await statusOf(id, service.admin.token)]).toEqual([404, 404])
      expect((await send('GET', keysOf({ slug: id }), ada)).status).toBe(404)
      expect((await send('DELETE', `/v0/projects/${id}`, ada)).status).toBe(404)
    }
    expect((await create({ name: 'Short' })).body).toMatchObject({ slug: 'short' })
    expect(await statusOf('short', key)).toBe(401)
    expect(namesIn((await send('GET', '/v0/organizations/acme/projects?search=short', ada)).body)).toEqual(['Short'])
  })

  test('answers one of many at once with 204', async () => {
    await create({ name: 'Once', slug: 'once' })
    const answers = await Promise.all(Array.from({ length: 6 }, () => send('DELETE', '/v0/projects/once', ada)))
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404, 404, 404])
  })
})

describe('GET /v0/projects', () => {
  test('lists what the caller may see, and nothing else', async () => {
    const [open, hidden] = [await createProject(service, bob), await createProject(service, bob, 'private')]
    const viewer = await addMember(service, hidden, 'viewer')
    const { key } = await createKey(service, bob, hidden, { name: 'ci' })
    const seen = async (token?: string) => {
      const names = namesIn((await service.send('GET', '/v0/projects?per_page=255', { token })).body)
      return [names.includes(open.slug), names.includes(hidden.slug)]
    }
    expect(await seen()).toEqual([true, false])
    expect(await seen(ada.token)).toEqual([true, false])
    expect(await seen(viewer.token)).toEqual([true, true])
    expect(await seen(bob.token)).toEqual([true, true])
    expect(await seen(service.admin.token)).toEqual([true, true])
    expect(await seen(key)).toEqual([false, true])
    expect((await service.send('GET', '/v0/projects', { token: 'x' })).status).toBe(401)
  })
})

describe('GET /v0/projects/{project}/allowed/{permission}', () => {
  test('says what one may there', async () => {
    const project = await createProject(service, ada)
    const developer = await addMember(service, project, 'developer')
    const ask = async (permission: string, person: Person) =>
      (await send('GET', `/v0/projects/${project.slug}/allowed/${permission}`, person)).body
    expect(await ask('edit', developer)).toEqual({ allowed: true })
    expect(await ask('manage', developer)).toEqual({ allowed: false })
    expect(await ask('view', bob)).toEqual({ allowed: true })
    expect(await ask('create', bob)).toEqual({ allowed: false })
    // `view_keys` is an action of ours, which Bencher's clients do not know.
    for (const unknown of ['all', 'view_keys']) {
      expect((await send('GET', `/v0/projects/${project.slug}/allowed/${unknown}`, ada)).status).toBe(400)
    }
  })
})
