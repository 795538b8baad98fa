import { once } from 'node:events'
import { expect, test } from 'vitest'
import { answering, MAIN, newPlace, run } from './process.ts'
import { SECRET, startService } from './service.ts'
import { createKey, createProject, createUserKey, keysOf, signUp } from './world.ts'

const service = await startService()

test('no credential is logged, however much is', async () => {
  service.clock.now = new Date()
  const ada = await signUp(service)
  const project = await createProject(service, ada)
  const { key } = await createKey(service, ada, project, { name: 'ci' })
  const userKey = (await createUserKey(service, ada, { name: 'cli' })).key
  const link = service.tokens.sign({ audience: 'auth', email: ada.email, now: service.clock.now, ttl: 60 })

  const { env } = await newPlace()
  const same = { DATABASE_URL: service.databaseUrl, SECRET_KEY: SECRET, CONSOLE_URL: service.consoleUrl }
  const running = await answering(run(MAIN, { ...env, ...same, LOG_LEVEL: 'trace' }))
  const url = `http://127.0.0.1:${env.PORT}`
  const statuses: number[] = []
  const send = async (method: string, path: string, token: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', cookie: `t=${token}` }
    const response = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
    statuses.push(response.status)
    return await response.text()
  }
  const created = JSON.parse(await send('POST', keysOf(project), ada.token, { name: 'logged' }))
  await send('GET', keysOf(project), userKey)
  await send('GET', `/v0/projects/${project.slug}`, key)
  await send('GET', keysOf(project), key)
  await send('POST', '/v0/auth/confirm', 'x', { token: link })
  await send('POST', '/trpc/auth.inspectLink', ada.token, { token: link })
  await send('GET', '/trpc/users.me', `${ada.token}x`)
  expect(statuses).toEqual([201, 200, 200, 403, 200, 401, 401])
  running.child.kill('SIGTERM')
  await once(running.child, 'close')

  expect(running.said()).toContain('"req"')
  for (const secret of [ada.token, userKey, key, created.key, link, SECRET])
    expect(running.said()).not.toContain(secret)
})
