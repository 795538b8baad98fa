import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import { createProject, keyOf, keysOf, namesIn, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
  const other = await createProject(service, ada)
  for (const [name, external_id, at] of [
    ['w1', 'Acme', project],
    ['w2', 'Acme', project],
    ['w3', 'Acme', project],
    ['b1', 'acme', project],
    ['c1', 'Acme ltd', project],
    ['plain', null, project],
    ['foreign', 'Acme', other],
  ] as const) {
    const body = { name, external_id: external_id?.replace(' ', '_') }
    const { body: made } = await service.send('POST', keysOf(at), { ...ada, body })
    if (name === 'w3') await service.send('DELETE', keyOf(at, z.object({ uuid: z.string() }).parse(made)), ada)
  }
})

async function list(query: string) {
  const { status, headers, body } = await service.send('GET', `${keysOf(project)}?${query}`, ada)
  expect(status).toBe(200)
  return [namesIn(body), Number(headers.get('x-total-count'))]
}

describe('external_id in a list of keys', () => {
  test('finds the keys of exactly this customer, in this project, and counts them', async () => {
    expect(await list('external_id=Acme')).toEqual([['w1', 'w2'], 2])
    expect(await list('external_id=acme')).toEqual([['b1'], 1])
    expect(await list('external_id=Acme_ltd')).toEqual([['c1'], 1])
    expect(await list('external_id=Acm')).toEqual([[], 0])
    expect(await list('external_id=%25')).toEqual([[], 0])
  })

  test('goes with every other filter, with pages and with both directions', async () => {
    expect(await list('external_id=Acme&revoked=true')).toEqual([['w3'], 1])
    expect(await list('external_id=Acme&search=W2')).toEqual([['w2'], 1])
    expect(await list('external_id=Acme&name=w1')).toEqual([['w1'], 1])
    expect(await list('external_id=Acme&per_page=1&page=2')).toEqual([['w2'], 2])
    expect(await list('external_id=Acme&direction=desc')).toEqual([['w2', 'w1'], 2])
  })

  test.each(['', 'a%20b', '%C3%A9', 'x'.repeat(129), 'a&external_id=b'])('refuses %j with 400', async (value) => {
    expect((await service.send('GET', `${keysOf(project)}?external_id=${value}`, ada)).status).toBe(400)
  })

  test('filters the console’s list, too', async () => {
    const input = encodeURIComponent(JSON.stringify({ project: project.slug, external_id: 'Acme' }))
    const { body } = await service.send('GET', `/trpc/projectKeys.page?input=${input}`, ada)
    expect(body).toMatchObject({ result: { data: { keys: [{ name: 'w1' }, { name: 'w2' }], total: 2 } } })
  })
})
