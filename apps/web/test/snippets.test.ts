import type { Locator, Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { hydrated, newPage, place, rest, signedIn, signIn } from './support/browser.ts'
import { startOwnConsole } from './support/own-console.ts'
import { hasNginx, runAsGitHub, runAsGitLab, runInShell, startInNode, startNginx } from './support/run-snippet.ts'

type Copied = Awaited<ReturnType<typeof copyAll>>

/** Creates a key or an API token, and takes it and each snippet as the buttons copy them. */
async function copyAll(page: Page, path: string) {
  await page.goto(path)
  await page.getByLabel('Name').fill('copied')
  await page.getByRole('button', { name: /^Create/ }).click()
  await page.getByRole('heading', { name: 'copied is ready' }).waitFor()
  await hydrated(page)
  const copy = async (button: Locator) => {
    await page.evaluate(() => navigator.clipboard.writeText(''))
    await button.click()
    const copied = await page.waitForFunction(() => navigator.clipboard.readText())
    return copied.jsonValue()
  }
  await page.getByText('•••').waitFor()
  const key = await copy(page.locator('.secret').getByRole('button', { name: 'Copy' }))
  const use = page.locator('section', { has: page.getByRole('heading', { name: 'Use it' }) })
  const snippets = new Map<string, string>()
  for (const tab of await use.locator('label').all()) {
    await tab.click()
    snippets.set((await tab.textContent()) ?? '', await copy(use.getByRole('button')))
  }
  return { key, snippets, of: (tab: string) => snippets.get(tab) ?? '' }
}

/** Asks for what a command of the CLI asks the API for. */
const asCli = (url: string, key: string) => fetch(url, { headers: { authorization: `Bearer ${key}` } })

let project: string
let ofKey: Copied
let ofToken: Copied
let badKey: string
beforeAll(async () => {
  project = await rest.createProject()
  const page = await signedIn()
  ofKey = await copyAll(page, `/projects/${project}/keys/new`)
  ofToken = await copyAll(page, '/account/tokens/new')
  const revoked = await rest.createKey(project, 'revoked')
  await rest.revokeKey(project, revoked.uuid)
  badKey = revoked.key
}, 60_000)

test('there is a snippet for each place, and none contains the secret', () => {
  expect([...ofKey.snippets.keys()]).toEqual(['curl', 'GitHub Actions', 'GitLab CI', 'Node', 'nginx', 'CLI'])
  expect([...ofToken.snippets.keys()]).toEqual(['curl', 'GitHub Actions', 'GitLab CI', 'CLI'])
  for (const { key, snippets } of [ofKey, ofToken]) {
    expect(key).toMatch(/^bencher_(run|user)_/)
    expect([...snippets.values()].join()).not.toContain(key)
  }
})

const RUN = {
  curl: (snippet: string, key: string) => runInShell(snippet, { typed: key }),
  'GitHub Actions': runAsGitHub,
  'GitLab CI': runAsGitLab,
}
const COMMANDS = ['curl', 'GitHub Actions', 'GitLab CI'] as const

test.each(COMMANDS)('%s: as copied, it says that the new key is good, and fails with a revoked one', async (tab) => {
  const { code, output } = await RUN[tab](ofKey.of(tab), ofKey.key)
  expect(JSON.parse(output)).toMatchObject({ name: 'copied', project: { slug: project } })
  expect(code).toBe(0)
  expect(await RUN[tab](ofKey.of(tab), badKey)).toMatchObject({ code: 22, output: expect.stringContaining('revoked') })
})

test.each(COMMANDS)('%s: as copied, it shows the account of a new API token', async (tab) => {
  const { code, output } = await RUN[tab](ofToken.of(tab), ofToken.key)
  expect(JSON.parse(output)).toMatchObject({ email: place.owner })
  expect(code).toBe(0)
})

test('Node: as copied, the service answers to the new key, and refuses others and anonymous callers', async () => {
  const url = await startInNode(ofKey.of('Node'))
  const good = await asCli(url, ofKey.key)
  expect([good.status, await good.text()]).toEqual([
    200,
    expect.stringMatching(/^Called with the key [0-9a-f-]{36}\.\n$/),
  ])
  const bad = await asCli(url, badKey)
  expect([bad.status, bad.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('revoked')])
  expect((await fetch(url)).status).toBe(401)
  const other = await rest.createKey(await rest.createProject(), 'of another project')
  expect((await asCli(url, other.key)).status).toBe(403)
})

test.runIf(hasNginx)('nginx: as copied, it lets the new key through to the service, and no other', async () => {
  const service = await startInNode(
    `import { createServer } from 'node:http'
    createServer(({ headers }, response) => response.end(JSON.stringify(headers))).listen(process.env.PORT)`,
  )
  const url = await startNginx(ofKey.of('nginx'), service)
  const good = await asCli(url, ofKey.key)
  expect(good.status).toBe(200)
  const passedOn = await good.json()
  expect(passedOn).toMatchObject({ 'x-project-key': expect.stringMatching(/^[0-9a-f-]{36}$/) })
  expect(passedOn).not.toHaveProperty('authorization')
  expect((await asCli(url, badKey)).status).toBe(401)
  expect((await fetch(url)).status).toBe(401)
})

test('CLI: what its command asks for, the new key and the new API token may see', async () => {
  const [, slug, host] = /bencher project view (\S+) --host (\S+)$/.exec(ofKey.of('CLI')) ?? []
  expect((await asCli(`${host}/v0/projects/${slug}`, ofKey.key)).status).toBe(200)
  const [, ofList] = /bencher project list --host (\S+)$/.exec(ofToken.of('CLI')) ?? []
  expect((await asCli(`${ofList}/v0/projects`, ofToken.key)).status).toBe(200)
})

test('the snippets and the link to the docs lead to API_URL', async () => {
  const { consoleUrl } = await startOwnConsole({ API_URL: 'https://api.example.com' })
  const page = await signIn(await newPage({}, [consoleUrl]))
  const { snippets } = await copyAll(page, `${consoleUrl}/projects/${project}/keys/new`)
  for (const text of snippets.values()) expect(text).toContain('https://api.example.com')
  expect([...snippets.values()].join()).not.toMatch(/http:\/\/(?!127\.0\.0\.1:8080)|61016/)
  const docs = page.getByRole('link', { name: 'Docs' }).first()
  expect(await docs.getAttribute('href')).toBe('https://api.example.com/docs')
})
