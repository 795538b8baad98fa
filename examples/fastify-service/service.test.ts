import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { generateKey, hashKey } from '@project-keys/verify/key'
import { afterAll, expect, test } from 'vitest'
import { execute, freshDatabase } from '../../packages/keys/test/database.ts'

const { url } = await freshDatabase()
const key = generateKey('bencher', 'run')
await seed()
const service = await start()

async function seed() {
  const [organization, project] = [randomUUID(), randomUUID()]
  await execute(url, `INSERT INTO organizations VALUES ($1, 'Acme', 'acme', now(), now(), now())`, [organization])
  await execute(
    url,
    `INSERT INTO projects (uuid, organization, name, slug, visibility, created, modified)
     VALUES ($1, $2, 'Example', 'example', 'private', now(), now())`,
    [project, organization],
  )
  await execute(
    url,
    `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration)
     VALUES ($1, $2, 'ci', $3, $4, now(), now() + interval '1 hour')`,
    [randomUUID(), project, hashKey(key), key.slice(-4)],
  )
}

/** Runs the service as a process of its own, on a free port, with the database role that can only verify. */
async function start() {
  const password = randomBytes(12).toString('hex')
  await execute(url, await readFile(fileURLToPath(import.meta.resolve('@project-keys/verify/role.sql')), 'utf8'))
  await execute(url, `ALTER ROLE project_keys_verifier PASSWORD '${password}'`)
  const asVerifier = Object.assign(new URL(url), { username: 'project_keys_verifier', password })
  const child = spawn(process.execPath, ['service.ts'], {
    cwd: import.meta.dirname,
    env: { ...process.env, KEYS_DATABASE_URL: asVerifier.href, PROJECT: 'example', PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const stop = async () => {
    child.kill()
    return ended
  }
  afterAll(stop)
  const [line] = await once(createInterface(child.stdout), 'line')
  const address = /http:\S+/.exec(String(line))?.[0]
  const hello = (key?: string) => fetch(`${address}/hello`, key ? { headers: { authorization: `Bearer ${key}` } } : {})
  return { address, hello, stop }
}

test('the example says hello to the holder of a key of the project, and refuses every other request', async () => {
  expect((await service.hello()).status).toBe(401)
  expect((await service.hello(generateKey('bencher', 'run'))).status).toBe(401)
  const response = await service.hello(key)
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ hello: 'ci' })
})

test('the example refuses a key that was revoked', async () => {
  const health = async () => (await fetch(`${service.address}/health`)).json()
  await expect.poll(health).toMatchObject({ fresh: true })
  expect((await service.hello(key)).status).toBe(200)
  await execute(url, 'UPDATE project_keys SET revoked = now()')
  await expect.poll(async () => (await service.hello(key)).status, { timeout: 5000 }).toBe(401)
})

test('the example exits cleanly, and has written its usage', async () => {
  expect(await service.stop()).toEqual([0, null])
  expect(await execute(url, 'SELECT sum(calls)::int > 1 AS used FROM project_key_calls')).toEqual([{ used: true }])
})
