import { execute } from '@project-keys/keys/test'
import { beforeAll, expect, test } from 'vitest'
import { startService } from './service.ts'
import { addMember, createProject, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
beforeAll(async () => {
  ada = await signUp(service)
})

const get = (query: string, token: string, place: Project) =>
  service.send('GET', `${keysOf(place)}/export?${query}`, { token })
const linesOf = (text: string) => text.split('\n').filter((line) => line !== '')

test('an export reads a project of many keys page by page, each key once, however few match', async () => {
  const large = await createProject(service, ada)
  await execute(
    service.databaseUrl,
    `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration)
     SELECT gen_random_uuid(), $1::uuid, 'key ' || n % 3000, sha256(($1::text || n)::bytea), 'abcd', now(), now() + interval '1 day'
     FROM generate_series(1, 12000) n`,
    [large.uuid],
  )
  const { text } = await get('format=ndjson', ada.token, large)
  const uuids = linesOf(text).map((line) => JSON.parse(line).uuid)
  expect([uuids.length, new Set(uuids).size]).toEqual([12_000, 12_000])
  const few = await get('format=ndjson&search=key%202999', ada.token, large)
  expect(linesOf(few.text)).toHaveLength(4)
  const csv = await get('format=csv', ada.token, large)
  expect(csv.text.split('\r\n')).toHaveLength(12_002)
})

test('an export that whoever asks may no longer have breaks off with the connection, and never ends well', async () => {
  const large = await createProject(service, ada)
  const maintainer = await addMember(service, large, 'maintainer')
  await execute(
    service.databaseUrl,
    `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration)
     SELECT gen_random_uuid(), $1::uuid, repeat('x', 60) || n, sha256(($1::text || n)::bytea), 'abcd', now(), now() + interval '1 day'
     FROM generate_series(1, 30000) n`,
    [large.uuid],
  )
  const url = `${service.address}${keysOf(large)}/export?format=csv`
  const response = await fetch(url, { headers: { authorization: `Bearer ${maintainer.token}` } })
  expect(response.status).toBe(200)
  const reader = response.body?.getReader()
  await reader?.read()
  await service.db.prisma.projectMember.deleteMany({ where: { user: maintainer.uuid } })
  const readAll = async () => {
    while (!(await reader?.read())?.done);
  }
  await expect(readAll()).rejects.toThrow()
})
