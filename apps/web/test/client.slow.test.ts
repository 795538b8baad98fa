import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { installPacked } from '../../../install.shared.ts'
import { newPage, place, rest } from './support/browser.ts'
import { startSite } from './support/site.ts'

// Installs @project-keys/client in an empty project. The test is here, because the service and a browser are.

const CLIENT = join(import.meta.dirname, '../../../packages/client')
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const OLDEST_NODE = '20.19.0'
const token = rest.session(place.owner, 3600)
const project = await rest.createProject()
const { folder, tarball, run, runInstalled, remove } = await installPacked({
  of: CLIENT,
  consumer: join(CLIENT, 'test/consumer'),
  others: ['typescript', 'vite'],
  versions: { node: OLDEST_NODE },
  env: { API_URL: place.apiUrl, TOKEN: token, PROJECT: project },
})
afterAll(remove)

test('publint and "are the types wrong" find nothing', async () => {
  expect(await run(join(CLIENT, 'node_modules/.bin/publint'), ['--strict', tarball])).toContain('All good!')
  const found = await run(join(CLIENT, 'node_modules/.bin/attw'), [tarball, '--profile', 'esm-only'])
  expect(found).toContain('@project-keys/client')
})

test('it holds no server code and no test, and names no package of the service', async () => {
  const installed = join(folder, 'node_modules/@project-keys/client')
  const names = (await readdir(installed, { recursive: true })).filter((name) => /\.(js|ts|json)$/.test(name))
  expect(names).toContain(join('dist/trpc.d.ts'))
  expect(names.filter((name) => /test|prisma|router/.test(name))).toEqual([])
  const { dependencies } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'))
  expect(Object.keys(dependencies).toSorted()).toEqual(['@trpc/client', '@trpc/server', 'openapi-fetch'])
  for (const name of names.filter((name) => name.startsWith('dist'))) {
    const text = await readFile(join(installed, name), 'utf8')
    expect([name, text.match(/(from|import\()\s*['"](@project-keys|@prisma|zod|fastify|node:)/)]).toEqual([name, null])
  }
})

test('TypeScript finds no error in it, and the compiled program works on the oldest Node', async () => {
  expect(await runInstalled('tsc', ['-p', '.', '--pretty', 'false'])).toBe('')
  expect(await runInstalled('node', ['--version'])).toBe(`v${OLDEST_NODE}\n`)
  const code = 'already_revoked'
  expect(JSON.parse(await runInstalled('node', ['built/main.js']))).toMatchObject({
    rest: { names: ['rest'], status: 204, code },
    trpc: { names: ['trpc'], code },
  })
})

test('plain JavaScript uses it', async () => {
  const told = JSON.parse(await runInstalled('node', ['plain.js']))
  expect(told).toMatchObject({ projects: expect.arrayContaining(['example']), me: { email: place.owner } })
})

test('a page of another origin uses it in Chromium', async () => {
  await runInstalled('vite', ['build', '--logLevel', 'error'])
  const site = await startSite(join(folder, 'dist'))
  const page = await newPage({ baseURL: site }, [place.apiUrl])
  await page.goto('/')
  await page.waitForFunction(() => 'whoAmI' in window)
  const told = (token: string) =>
    page.evaluate(([url, token]) => Reflect.get(window, 'whoAmI')(url, token), [place.apiUrl, token])
  expect(await told(token)).toMatchObject({ projects: expect.arrayContaining(['example']), me: { email: place.owner } })
  expect(await told('wrong')).toEqual({ error: 'invalid_token', me: 'invalid_token' })
})
