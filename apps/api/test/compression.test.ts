import { expect, test } from 'vitest'
import { startService } from './service.ts'
import { createKey, createProject, keysOf, signUp } from './world.ts'

const service = await startService()
const ada = await signUp(service)
const project = await createProject(service, ada)
for (let count = 0; count < 20; count++) await createKey(service, ada, project, { name: `key-${count}` })

const ask = (path: string, encoding: string, method = 'GET') =>
  fetch(service.address + path, {
    method,
    headers: { authorization: `Bearer ${ada.token}`, 'accept-encoding': encoding },
  })
const lengthOf = ({ headers }: Response) => Number(headers.get('content-length'))

test.each(['/v0/server/spec', keysOf(project), '/docs'])(
  'GET %s is sent compressed to a client that takes it, and whole to all others',
  async (path) => {
    const compressed = await ask(path, 'br;q=0.5, gzip')
    const whole = await ask(path, 'gzip;q=0, identity')
    expect([compressed.status, compressed.headers.get('content-encoding')]).toEqual([200, 'gzip'])
    expect([whole.status, whole.headers.get('content-encoding')]).toEqual([200, null])
    for (const { headers } of [compressed, whole]) expect(headers.get('vary')).toBe('accept-encoding')
    expect(lengthOf(compressed)).toBeLessThan(lengthOf(whole) * 0.7)
    expect((await compressed.text()).length).toBe((await whole.text()).length)
  },
)

test('HEAD answers with the headers of the GET', async () => {
  const path = keysOf(project)
  expect(lengthOf(await ask(path, 'gzip', 'HEAD'))).toBe(lengthOf(await ask(path, 'gzip')))
})

test('a response with a new key is never sent compressed, however long it is', async () => {
  const name = 'n'.repeat(64)
  const metadata = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`field-${index}`, 'v'.repeat(100)]))
  const headers = { 'accept-encoding': 'gzip' }
  const created = await service.send('POST', keysOf(project), { token: ada.token, headers, body: { name, metadata } })
  expect(created).toMatchObject({ status: 201, body: { key: expect.any(String) } })
  expect(created.text.length).toBeGreaterThan(1024)
  expect(created.headers.get('content-encoding')).toBeNull()
})
