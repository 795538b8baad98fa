import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { hydrated, newPage, place, rest, signedIn, signIn } from './support/browser.ts'
import { freePorts } from './support/ports.ts'
import { end, startConsole } from './support/service.ts'

const ID = /Request ID [0-9a-f-]{36}/

test('a missing page gets an error page with the request ID', async () => {
  const page = await signedIn()
  for (const path of ['/projects/no-such-project/keys', '/nowhere', `/projects/example/keys/${crypto.randomUUID()}`]) {
    const answer = await page.goto(path)
    expect(answer?.status()).toBe(404)
    await page.getByRole('heading', { name: 'Page not found' }).waitFor()
    await page.getByText(ID).waitFor()
  }
})

test('a user who may not manage a public project is told so, and whom to ask for access', async () => {
  const email = 'stranger@example.com'
  await rest.signUp('Stranger', email)
  const page = await signIn(await newPage(), email)
  const answer = await page.goto('/projects/example/keys')
  expect(answer?.status()).toBe(403)
  await page.getByRole('heading', { name: 'You don’t have access' }).waitFor()
  await page.getByText(ID).waitFor()
})

test('an ended session gets an error page with a link to sign in', async () => {
  const page = await newPage()
  await page.context().addCookies([{ name: 'session', value: 'ended', url: place.consoleUrl }])
  const answer = await page.goto('/projects/example/keys')
  expect(answer?.status()).toBe(401)
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
})

test('while the API is unavailable people get an error page, and the response says when to retry', async () => {
  const [port = 0, webPort = 0] = await freePorts(2)
  const console = await startConsole({ PORT: `${port}`, WEB_PORT: `${webPort}` })
  onTestFinished(() => end(console))
  const origin = `http://localhost:${webPort}`
  const page = await newPage({ baseURL: origin })
  await page.context().addCookies([{ name: 'session', value: 'any', url: origin }])
  const answer = await page.goto('/projects/example/keys')
  expect(answer?.status()).toBe(503)
  expect(answer?.headers()['retry-after']).toBe('5')
  await page.getByRole('heading', { name: 'The server is unavailable' }).waitFor()
  await page.getByRole('link', { name: 'Try again' }).waitFor()
  await page.getByText(ID).waitFor()
})

test('revoking a key that is already revoked shows who revoked it', async () => {
  const project = await rest.createProject()
  const { uuid } = await rest.createKey(project, 'contested')
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys/${uuid}?revoke`)
  await hydrated(page)
  await rest.revokeKey(project, uuid)
  await page.getByRole('button', { name: 'Revoke contested' }).click()
  await page.getByText(/This key was revoked .* by Owner/).waitFor()
})

test('the revoke dialog closes on Escape and on Cancel, and revokes nothing', async () => {
  const project = await rest.createProject()
  const { uuid } = await rest.createKey(project, 'spared')
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys/${uuid}`)
  await hydrated(page)
  for (const leave of [() => page.keyboard.press('Escape'), () => page.getByRole('link', { name: 'Cancel' }).click()]) {
    await page.getByRole('link', { name: 'Revoke…' }).click()
    await page.getByRole('dialog').waitFor()
    await leave()
    await page.waitForURL(/[0-9a-f]$/)
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
  expect(await rest.listKeys(project)).toHaveLength(1)
})

test('a port that is in use is reported in one sentence', () => {
  const { port: PORT } = new URL(place.apiUrl)
  const { port: WEB_PORT } = new URL(place.consoleUrl)
  const env = { PATH: process.env.PATH, PORT, WEB_PORT }
  const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, '../server.ts')], { env })
  expect(status).toBe(1)
  expect(stderr.toString()).toMatch(/^Port \d+ is taken: [^\n]*WEB_PORT\.\n$/)
})

test('every response has the security headers: pages, files, redirects and refusals', async () => {
  const html = await (await fetch(`${place.consoleUrl}/auth/signin`)).text()
  const files = [...html.matchAll(/(?:src|href)="([^"]+\.(?:js|css|svg))"/g)].map(([, file = '']) =>
    join('/auth', file),
  )
  expect(files.filter((file) => file.endsWith('.js')).length).toBeGreaterThan(0)
  for (const path of ['/auth/signin', '/', '/nowhere', '/%E0%A4%A', '/plain.css', '/robots.txt', ...files]) {
    expectHeaders(path, await fetch(place.consoleUrl + path, { redirect: 'manual' }))
  }
  const foreign = { origin: 'https://elsewhere.example', accept: 'text/html' }
  for (const headers of [foreign, { origin: foreign.origin }, {}]) {
    const body = new URLSearchParams({ email: 'a@example.com' })
    expectHeaders('a form', await fetch(`${place.consoleUrl}/auth/signin`, { method: 'POST', headers, body }))
  }
})

function expectHeaders(path: string, { headers }: Response) {
  const policy = headers.get('content-security-policy')
  expect([path, policy]).toEqual([path, expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/)])
  expect(policy).not.toMatch(/unsafe/)
  expect([path, headers.get('x-frame-options')]).toEqual([path, 'DENY'])
  expect([path, headers.get('x-content-type-options')]).toEqual([path, 'nosniff'])
}

test('no cache keeps a page', async () => {
  const { headers } = await fetch(`${place.consoleUrl}/auth/signin`)
  expect(headers.get('cache-control')).toBe('no-store')
})

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? '' : ', without JavaScript'

  test(`a form that is too large is refused with what to do${how}`, async () => {
    const page = await newPage({ javaScriptEnabled })
    await page.goto('/auth/signup')
    if (javaScriptEnabled) await hydrated(page)
    await page.getByLabel('Email').evaluate((field: HTMLInputElement) => {
      field.type = 'text'
      field.value = 'x'.repeat(100_000)
    })
    await page.getByLabel('Name').fill('Ada')
    await page.getByRole('checkbox').check()
    await page.getByRole('button', { name: 'Sign up' }).click()
    await page.getByText('The form is too large').first().waitFor()
    await page.getByText(javaScriptEnabled ? 'Shorten it' : 'shorten what you entered').waitFor()
  })
}
