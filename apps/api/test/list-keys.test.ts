import { beforeAll, describe, expect, test } from 'vitest'
import { startService } from './service.ts'
import { createKey, createProject, keyOf, keysOf, namesIn, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project
let sixth: { uuid: string; creation: string; expiration: string }

const ACTIVE = ['100%', '1000', 'Alpha', 'Zeta', 'alpha', 'back\\slash', 's_t', 'Éclair', 'éclair', 'ｱ', '🚀']

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
  for (const name of ACTIVE.toReversed()) await createKey(service, ada, project, { name })
  for (const name of ['old alpha', 'older']) {
    await service.send('DELETE', keyOf(project, await createKey(service, ada, project, { name })), ada)
  }
  sixth = await createKey(service, ada, await createProject(service, ada), { name: 'of another project' })
})

/** The names on the page, and how many match. */
async function list(query: string, { slug } = project) {
  const { status, headers, body } = await service.send('GET', `${keysOf({ slug })}?${query}`, ada)
  expect(status).toBe(200)
  return { names: namesIn(body), total: Number(headers.get('x-total-count')) }
}

const refused = async (query: string) => (await service.send('GET', `${keysOf(project)}?${query}`, ada)).status

describe('GET /v0/projects/{project}/keys: paging', () => {
  test('shows the first eight active keys by name, and counts all', async () => {
    expect(await list('')).toEqual({ names: ACTIVE.slice(0, 8), total: ACTIVE.length })
  })

  test('shows each key in full, its fields in this order', async () => {
    const { text } = await service.send('GET', `${keysOf(project)}?name=Alpha`, ada)
    const uuid = '"[0-9a-f-]{36}"'
    const expected = `^\\[{"uuid":${uuid},"project":"${project.uuid}","creator":"${ada.uuid}","name":"Alpha","creation":"2026-05-01T12:00:00Z","expiration":"2162-06-07T18:28:15Z"}\\]$`
    expect(text).toMatch(new RegExp(expected))
  })

  test('is empty for a project without keys', async () => {
    const empty = await createProject(service, ada)
    expect(await list('', empty)).toEqual({ names: [], total: 0 })
    expect(await list('revoked=true', empty)).toEqual({ names: [], total: 0 })
  })

  test('takes the project’s UUID in any letter case', async () => {
    expect((await list('', { ...project, slug: project.uuid.toUpperCase() })).total).toBe(ACTIVE.length)
  })

  test('takes page and per_page, page 0 being page 1', async () => {
    expect((await list('per_page=4&page=2')).names).toEqual(ACTIVE.slice(4, 8))
    expect((await list('per_page=4&page=3')).names).toEqual(ACTIVE.slice(8))
    expect((await list('page=0')).names).toEqual(ACTIVE.slice(0, 8))
    expect((await list('per_page=255')).names).toEqual(ACTIVE)
    expect(await list('per_page=0')).toEqual({ names: [], total: ACTIVE.length })
  })

  test('answers [] with the full count past the end, however far', async () => {
    expect(await list('page=3')).toEqual({ names: [], total: ACTIVE.length })
    expect(await list('page=4294967295&per_page=255')).toEqual({ names: [], total: ACTIVE.length })
    // 2^32 / 32 pages of 32 are 0 in 32 bits.
    expect(await list('page=134217729&per_page=32')).toEqual({ names: [], total: ACTIVE.length })
  })

  test.each([
    ...['per_page=256', 'per_page=-1', 'per_page=abc', 'per_page=1e1', 'per_page=1.5', 'per_page=', 'per_page'],
    ...[
      'page=4294967296',
      'page=-1',
      'page=two',
      'page=',
      'page=%2B1',
      'page=0x1',
      'page=%201',
      'page=999999999999999999',
    ],
    ...['sort=creation', 'sort=Name', 'sort=', 'direction=DESC', 'direction=up', 'direction='],
    ...['revoked=1', 'revoked=True', 'revoked=', 'revoked', 'revoked=null', 'name=', 'name=%20a', 'name=a%0Ab'],
    ...[
      'page=1&page=1',
      'name=a&name=b',
      'search=a&search=',
      'revoked=true&revoked=false',
      'per_page=1&PER_PAGE=2&per_page=3',
    ],
  ])('refuses %s with 400', async (query) => {
    expect(await refused(query)).toBe(400)
  })

  test('ignores parameters that it does not know, twice or empty as they may be', async () => {
    expect((await list('x=1&x=2&y=&__proto__=1&Page=7&project=other&&=&per_page=1')).names).toEqual(['100%'])
  })
})

describe('GET /v0/projects/{project}/keys: order', () => {
  test('sorts by the bytes of UTF-8, and turns all of it round', async () => {
    expect((await list('sort=name&direction=asc&per_page=255')).names).toEqual(ACTIVE)
    expect((await list('direction=desc&per_page=255')).names).toEqual(ACTIVE.toReversed())
  })

  test('sorts equal names by creation, then by UUID', async () => {
    const twins = await createProject(service, ada)
    const early = [
      await createKey(service, ada, twins, { name: 'a' }),
      await createKey(service, ada, twins, { name: 'a' }),
    ]
    service.wait(1)
    const late = await createKey(service, ada, twins, { name: 'a' })
    await service.db.prisma.projectKey.update({
      where: { uuid: late.uuid },
      data: { uuid: '00000000-0000-7000-8000-000000000000' },
    })
    const order = [...early.map(({ uuid }) => uuid).sort(), '00000000-0000-7000-8000-000000000000']
    const listed = async (query: string) => (await service.send('GET', `${keysOf(twins)}?${query}`, ada)).body
    expect(await listed('')).toMatchObject(order.map((uuid) => ({ uuid })))
    expect(await listed('direction=desc')).toMatchObject(order.toReversed().map((uuid) => ({ uuid })))
  })
})

describe('GET /v0/projects/{project}/keys: filters', () => {
  test('finds an exact name, in its letter case', async () => {
    expect(await list('name=alpha')).toEqual({ names: ['alpha'], total: 1 })
    expect((await list('name=ALPHA')).names).toEqual([])
    expect((await list('name=alph')).names).toEqual([])
    expect((await list('name=100%25')).names).toEqual(['100%'])
    expect((await list('name=old+alpha&revoked=true')).names).toEqual(['old alpha'])
  })

  test('shows only the revoked ones with revoked=true, only the others without', async () => {
    expect(await list('revoked=true')).toEqual({ names: ['old alpha', 'older'], total: 2 })
    expect(await list('revoked=false&per_page=255')).toEqual({ names: ACTIVE, total: ACTIVE.length })
  })

  test('shows when a revoked key was revoked, and no such field on the others', async () => {
    const { body } = await service.send('GET', `${keysOf(project)}?revoked=true&per_page=1`, ada)
    expect(body).toMatchObject([{ revoked: '2026-05-01T12:00:00Z' }])
    expect((await service.send('GET', keysOf(project), ada)).text).not.toContain('revoked')
  })

  test('searches composed and decomposed text alike, and a script that is younger than the ICU of the server', async () => {
    const other = await createProject(service, service.admin)
    for (const name of ['café', 'cafe\u0301 au lait', '\u10d0\u10d1 small', '\u1c90\u1c91 capitals']) {
      await createKey(service, service.admin, other, { name })
    }
    const found = async (text: string) =>
      namesIn(
        (await service.send('GET', `${keysOf(other)}?search=${encodeURIComponent(text)}`, service.admin)).body,
      ).map((name) => name.normalize('NFC'))
    for (const text of ['café', 'cafe\u0301', 'CAFÉ']) expect(await found(text)).toEqual(['café au lait', 'café'])
    for (const text of ['\u10d0\u10d1', '\u1c90\u1c91']) expect(await found(text)).toHaveLength(2)
  })

  test('searches a part of the name in any letter case, É and é alike', async () => {
    expect(await list('search=LPH')).toEqual({ names: ['Alpha', 'alpha'], total: 2 })
    expect((await list(`search=${encodeURIComponent('ÉCLAIR')}`)).names).toEqual(['Éclair', 'éclair'])
    expect((await list(`search=${encodeURIComponent('é')}`)).names).toEqual(['Éclair', 'éclair'])
    expect((await list(`search=${encodeURIComponent('🚀')}`)).names).toEqual(['🚀'])
    expect(await list('search=nothing-like-it')).toEqual({ names: [], total: 0 })
  })

  test('searches a part of the UUID’s text too', async () => {
    const { uuid } = await createKey(service, ada, await createProject(service, ada), { name: 'elsewhere' })
    expect((await list(`search=${uuid}`)).names).toEqual([])
    const other = await createProject(service, ada)
    const key = await createKey(service, ada, other, { name: 'here' })
    expect((await list(`search=${key.uuid.slice(-12).toUpperCase()}`, other)).names).toEqual(['here'])
    expect((await list(`search=${key.uuid.replaceAll('-', '')}`, other)).names).toEqual([])
  })

  test('takes %, _ and a backslash for ordinary characters', async () => {
    expect((await list('search=%25')).names).toEqual(['100%'])
    expect((await list('search=_')).names).toEqual(['s_t'])
    expect((await list('search=s_t')).names).toEqual(['s_t'])
    expect((await list('search=%5C')).names).toEqual(['back\\slash'])
  })

  test('finds nothing for a text with control characters, and everything for an empty one', async () => {
    for (const search of ['%00', '%0A', 'alpha%0A', '%7F', '%C2%85']) {
      expect(await list(`search=${search}`)).toEqual({ names: [], total: 0 })
    }
    expect((await list('search=')).total).toBe(ACTIVE.length)
  })

  test('combines filters with and, and counts what matches whatever the page', async () => {
    expect((await list('name=alpha&search=PH')).names).toEqual(['alpha'])
    expect((await list('name=alpha&search=x')).names).toEqual([])
    expect((await list('search=l&revoked=true')).names).toEqual(['old alpha', 'older'])
    expect(await list('search=l&per_page=1&page=2')).toEqual({ names: ['alpha'], total: 5 })
    expect(await list('search=l&page=9')).toEqual({ names: [], total: 5 })
  })

  test('keeps an expired key that nobody revoked', async () => {
    const brief = await createProject(service, ada)
    await createKey(service, ada, brief, { name: 'brief', ttl: 1 })
    service.wait(2)
    expect((await list('', brief)).names).toEqual(['brief'])
  })

  test('never shows a key of another project', async () => {
    expect((await list(`search=${sixth.uuid}`)).names).toEqual([])
    expect((await list('search=another')).names).toEqual([])
  })
})
