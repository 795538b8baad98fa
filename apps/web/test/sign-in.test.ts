import { expect, onTestFinished, test } from 'vitest'
import { newPage, place, rest, signedIn, signIn } from './support/browser.ts'
import { freePorts } from './support/ports.ts'
import { end, startConsole } from './support/service.ts'

test('opening a link signs no one in: only the button on its page does, once', async () => {
  const link = rest.link()
  const scanner = await newPage()
  await scanner.goto(link)
  await scanner.getByRole('heading', { name: 'Sign in as Owner?' }).waitFor()
  expect((await scanner.context().cookies()).map(({ name }) => name)).not.toContain('session')

  const page = await newPage()
  await page.goto(link)
  await page.getByRole('button', { name: 'Sign in as Owner' }).click()
  await page.waitForURL(/projects/)

  await scanner.getByRole('button', { name: 'Sign in as Owner' }).click()
  await scanner.getByRole('heading', { name: 'This link does not work' }).waitFor()
  await scanner.getByText('pnpm owner-link').waitFor()
})

test('the link’s token leaves the address bar at once, and is in no Referer', async () => {
  const link = rest.link()
  const answer = await fetch(link, { redirect: 'manual' })
  expect(answer.status).toBe(303)
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
  expect(answer.headers.get('location')).toBe('/auth/confirm')
  const page = await newPage()
  await page.goto(link)
  expect(page.url()).toBe(`${place.consoleUrl}/auth/confirm`)
})

test('a broken link gets an error page', async () => {
  const page = await newPage()
  await page.goto('/auth/confirm?token=nonsense')
  await page.getByRole('heading', { name: 'This link does not work' }).waitFor()
})

test('the session is a cookie that no script can read', async () => {
  const page = await signedIn()
  const session = (await page.context().cookies()).find(({ name }) => name === 'session')
  expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/', secure: false })
  expect(await page.evaluate(() => document.cookie)).not.toContain('session')
})

test('visitors who are not signed in are redirected to the sign-in page', async () => {
  const page = await newPage()
  await page.goto('/projects/example/keys')
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await page.goto('/')
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
})

test('signing out ends the session, even for a copy of its cookie', async () => {
  const page = await signedIn()
  const kept = await page.context().cookies()
  await page.getByRole('button', { name: 'Account' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('You are signed out.').waitFor()
  await page.context().addCookies(kept)
  const answer = await page.goto('/projects?all')
  expect(answer?.status()).toBe(401)
  await page.getByRole('heading', { name: 'Your session has ended' }).waitFor()
})

test('the console accepts its forms on any port, and from no other site', async () => {
  const [webPort = 0] = await freePorts(1)
  const { port } = new URL(place.apiUrl)
  const console = await startConsole({ PORT: port, WEB_PORT: `${webPort}` })
  onTestFinished(() => end(console))
  for (const origin of [`http://localhost:${webPort}`, `http://127.0.0.1:${webPort}`]) {
    const page = await newPage({ baseURL: origin })
    await signInAt(page, origin)
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('You are signed out.').waitFor()
  }
  const answer = await fetch(`http://localhost:${webPort}/auth/signout`, {
    method: 'POST',
    headers: { origin: 'http://evil.example', 'content-type': 'application/x-www-form-urlencoded' },
  })
  expect(answer.status).toBe(403)
})

test('a form from another site gets an error page that links to the console', async () => {
  const page = await newPage()
  await page.setContent(`<form method="post" action="${place.consoleUrl}/auth/signout"><button>Send</button></form>`)
  await page.getByRole('button').click()
  await page.getByRole('heading', { name: 'This form came from another site' }).waitFor()
  expect(await page.getByRole('link').getAttribute('href')).toBe(place.consoleUrl)
})

test('with an HTTPS console the cookies are secure', async () => {
  const [webPort = 0] = await freePorts(1)
  const { port } = new URL(place.apiUrl)
  const console = await startConsole({ PORT: port, WEB_PORT: `${webPort}`, CONSOLE_URL: 'https://keys.example.com' })
  onTestFinished(() => end(console))
  const { search } = new URL(rest.link())
  const answer = await fetch(`http://localhost:${webPort}/auth/confirm${search}`, { redirect: 'manual' })
  expect(answer.headers.get('set-cookie')).toMatch(/; Secure/)
  expect(answer.headers.get('strict-transport-security')).toMatch(/^max-age=/)
})

test('a user who is in no project yet is told so', async () => {
  const email = 'single@example.com'
  await rest.signUp('Single', email)
  const page = await newPage()
  await signIn(page, email)
  await page.waitForURL(/projects\/new$/)
  await page.getByText('You are in no project yet.').waitFor()
  await page.goto('/projects?all')
  await page.getByText('You are in no project yet.').waitFor()
})

/** Signs in at another origin of the console. */
async function signInAt(page: Awaited<ReturnType<typeof newPage>>, origin: string) {
  const { pathname, search } = new URL(rest.link())
  await page.goto(`${origin}${pathname}${search}`)
  await page.getByRole('button', { name: /Sign in as/ }).click()
  await page.waitForURL(/\/projects/)
}
