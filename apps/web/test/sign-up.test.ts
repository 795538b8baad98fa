import { expect, onTestFinished, test } from 'vitest'
import { newPage, place, rest } from './support/browser.ts'
import { linksTo, mailedLink, newAddress } from './support/mails.ts'
import { freePorts } from './support/ports.ts'
import { end, SIGN_INS, startConsole, startService } from './support/service.ts'

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? '' : ', without JavaScript'

  test(`signing up leads by a mailed link to the first project and its first key${how}`, async () => {
    const email = newAddress('ada')
    const page = await newPage({ javaScriptEnabled })
    await page.goto('/auth/signin')
    await page.getByRole('link', { name: 'Sign up' }).click()
    await page.getByLabel('Name').fill('Ada')
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('I agree').check()
    await page.getByRole('button', { name: 'Sign up' }).click()
    await page.getByRole('heading', { name: 'Look into your mail' }).waitFor()

    await page.goto(await mailedLink(email))
    await page.getByRole('button', { name: 'Sign in as Ada' }).click()
    await page.getByRole('link', { name: 'New project' }).click()
    await page.getByLabel('Name', { exact: true }).fill('Engine')
    await page.getByLabel('Name of the organization').fill('Analytical')
    await page.getByRole('button', { name: 'Create project' }).click()

    await page.getByRole('heading', { name: 'Engine' }).waitFor()
    await page.getByRole('link', { name: 'New key' }).click()
    await page.getByRole('heading', { name: 'New key' }).waitFor()
    await page.getByLabel('Name').fill('ci')
    await page.getByRole('button', { name: 'Create key' }).click()
    await page.getByRole('heading', { name: 'ci is ready' }).waitFor()
  })
}

test('signing in by mail never tells whether an address has an account', async () => {
  const known = newAddress('known')
  await rest.signUp('Known', known)
  const said: string[] = []
  for (const email of [known, newAddress('unknown')]) {
    const page = await newPage()
    await page.goto('/auth/signin')
    await page.getByLabel('E-mail').fill(email)
    await page.getByRole('button', { name: 'Mail me a link' }).click()
    await page.getByRole('heading', { name: 'Look into your mail' }).waitFor()
    await page.getByText('pnpm owner-link').waitFor()
    said.push(((await page.locator('main').textContent()) ?? '').replace(email, ''))
  }
  expect(said[0]).toBe(said[1])
  await expect.poll(() => linksTo(known)).toHaveLength(2) // of the sign-up, and of this
})

test('signing up with a known address says the same, and mails a link that signs in', async () => {
  const email = newAddress('again')
  await rest.signUp('First', email)
  const page = await newPage()
  await page.goto('/auth/signup')
  await page.getByLabel('Name').fill('Second')
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('I agree').check()
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.getByRole('heading', { name: 'Look into your mail' }).waitFor()
  await expect.poll(() => linksTo(email)).toHaveLength(2)
  await page.goto(await mailedLink(email))
  await page.getByRole('heading', { name: 'Sign in as First?' }).waitFor()
})

test('each error stands at its field, and what was typed is kept', async () => {
  const page = await newPage({ javaScriptEnabled: false })
  const sent = (fields: Record<string, string>) =>
    page.request.post('/auth/signup', { form: fields, headers: { origin: place.consoleUrl, accept: 'text/html' } })
  await page.setContent(await (await sent({ name: ' ', email: 'typed@example.com' })).text())
  expect(await page.getByRole('alert').allInnerTexts()).toEqual([
    'The name is missing.',
    'Signing up takes your agreement.',
  ])
  expect(await page.getByLabel('E-mail').inputValue()).toBe('typed@example.com')

  await page.setContent(await (await sent({ name: 'Ada', email: 'nonsense', i_agree: 'on' })).text())
  expect(await page.getByRole('alert').allInnerTexts()).toEqual(['This is no e-mail address. Is it complete?'])
  expect(await page.getByLabel('Name').inputValue()).toBe('Ada')
  expect(await page.getByLabel('E-mail').getAttribute('aria-invalid')).toBe('true')
  expect(await page.getByLabel('I agree').isChecked()).toBe(true)
})

test('where sign-up is closed a calm page says so, and how else one gets in', async () => {
  const closed = await startService({ SIGN_UP: 'closed' })
  onTestFinished(() => closed.stop())
  const page = await newPage({ baseURL: closed.place.consoleUrl })
  await page.goto('/auth/signup')
  await page.getByRole('heading', { name: 'Sign-up is closed here' }).waitFor()
  await page.getByText('The way in is an invitation').waitFor()
  expect(await page.locator('main form').count()).toBe(0)
})

test('who asks for too many links is told how long to wait, by the address that a trusted proxy tells', async () => {
  const address = '203.0.113.9'
  const headers = {
    'content-type': 'application/json',
    'x-console-token': place.consoleToken,
    'x-client-address': address,
  }
  const body = JSON.stringify({ email: 'nobody@example.com' })
  const ask = () => fetch(`${place.apiUrl}/v0/auth/login`, { method: 'POST', headers, body })
  await Promise.all(Array.from({ length: SIGN_INS }, ask))

  const { port } = new URL(place.apiUrl)
  const [webPort = 0] = await freePorts(1)
  const behindProxy = await startConsole({
    PORT: port,
    WEB_PORT: `${webPort}`,
    CONSOLE_TOKEN: place.consoleToken,
    TRUSTED_PROXIES: '127.0.0.0/8,::1',
  })
  onTestFinished(() => end(behindProxy))
  const askAt = async (from: string) => {
    const page = await newPage({
      baseURL: `http://localhost:${webPort}`,
      extraHTTPHeaders: { 'x-forwarded-for': `198.51.100.1, ${from}` },
    })
    await page.goto('/auth/signin')
    await page.getByLabel('E-mail').fill('nobody@example.com')
    await page.getByRole('button', { name: 'Mail me a link' }).click()
    return page
  }
  const page = await askAt(`${address}:4711`)
  await page
    .getByRole('alert')
    .getByText(/^This was asked for too often. Try again in [\d,]+ minutes\.$/)
    .waitFor()
  expect(await page.getByLabel('E-mail').inputValue()).toBe('nobody@example.com')
  await (await askAt('203.0.113.10')).getByRole('heading', { name: 'Look into your mail' }).waitFor()
})
