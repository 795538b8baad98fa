import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { Service } from './service.ts'
import { createKey, createProject, createUserKey, keyOf, keysOf, signUp } from './world.ts'

/** Signs up, creates a project and a key of each kind, finds, renames, uses and revokes them, over REST. */
export async function walkMainPath(service: Service) {
  const person = await signUp(service, 'Person')
  const project = await createProject(service, person, 'private')
  const { token } = person
  const name = `Main ${randomUUID()}`
  const { uuid, key } = await createKey(service, person, project, { name })
  const place = keyOf(project, { uuid })

  const listed = { status: 200, body: [expect.objectContaining({ uuid, name })] }
  expect(await service.send('GET', keysOf(project), { token })).toMatchObject(listed)
  expect(await service.send('GET', `${keysOf(project)}?search=main`, { token })).toMatchObject(listed)
  expect(await service.send('GET', `${keysOf(project)}?search=nothing`, { token })).toMatchObject({ body: [] })
  expect(await service.send('PATCH', place, { token, body: { name: 'Renamed' } })).toMatchObject({ status: 200 })
  expect(await service.send('GET', place, { token })).toMatchObject({ status: 200, body: { name: 'Renamed' } })

  const userKey = await createUserKey(service, person, { name: 'A token' })
  expect(await service.send('GET', keysOf(project), { token: userKey.key })).toMatchObject({ status: 200 })
  expect(await service.send('GET', '/v0/verify', { token: key })).toMatchObject({ status: 200 })
  expect(await service.send('DELETE', place, { token })).toMatchObject({ status: 204 })
  expect(await service.send('GET', '/v0/verify', { token: key })).toMatchObject({ status: 401 })
  return { person, project, uuid }
}
