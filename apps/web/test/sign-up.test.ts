import { expect, onTestFinished, test } from 'vitest'
import { newPage, place, rest } from './support/browser.ts'
import { linksTo, mailedLink, newAddress } from './support/mails.ts'
import { startOwnConsole } from './support/own-console.ts'
import { freePorts } from './support/ports.ts'
import { end, SIGN_INS, startConsole, startService } from './support/service.ts'

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? '' : ', without JavaScript'

  test(`signing up leads through a mailed link to the first project and its first key${how}`, async () => {
    const email = newAddress('ada')
    const page = await newPage({ javaScriptEnabled })
    await page.goto('/auth/signin')
    await page.getByRole('link', { name: 'Sign up' }).click()
    await page.getByLabel('Name').fill('Ada')
    await page.getByLabel('Email').fill(email)
    await page.getByLabel('I agree').check()
    await page.getByRole('button', { name: 'Sign up' }).click()
    await page.getByRole('heading', { name: 'Check your email' }).waitFor()

    await page.goto(await mailedLink(email))
    await page.getByRole('button', { name: 'Sign in as Ada' }).click()
    await page.getByRole('heading', { name: 'New project' }).waitFor()
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

test('the sign-in page never tells whether an address has an account', async () => {
  const known = newAddress('known')
  await rest.signUp('Known', known)
  const texts: string[] = []
  for (const email of [known, newAddress('unknown')]) {
    const page = await newPage()
    await page.goto('/auth/signin')
    await page.getByLabel('Email').fill(email)
    await page.getByRole('button', { name: 'Email me a link' }).click()
    await page.getByRole('heading', { name: 'Check your email' }).waitFor()
    await page.getByText('pnpm owner-link').waitFor()
    texts.push(((await page.locator('main').textContent()) ?? '').replace(email, ''))
  }
  expect(texts[0]).toBe(texts[1])
  await expect.poll(() => linksTo(known)).toHaveLength(2) // one for the sign-up, one for this
})

test('signing up with a known address looks the same, and mails a sign-in link', async () => {
  const email = newAddress('again')
  await rest.signUp('First', email)
  const page = await newPage()
  await page.goto('/auth/signup')
  await page.getByLabel('Name').fill('Second')
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('I agree').check()
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.getByRole('heading', { name: 'Check your email' }).waitFor()
  await page.goto(await mailedLink(email))
  await page.getByRole('heading', { name: 'Sign in as First?' }).waitFor()
})

test('each error is shown at its field, and the typed values are kept', async () => {
  const page = await newPage({ javaScriptEnabled: false })
  const sent = (fields: Record<string, string>) =>
    page.request.post('/auth/signup', { form: fields, headers: { origin: place.consoleUrl, accept: 'text/html' } })
  await page.setContent(await (await sent({ name: ' ', email: 'typed@example.com' })).text())
  expect(await page.getByRole('alert').allInnerTexts()).toEqual([
    'Enter a name.',
    'You must agree to the terms to sign up.',
  ])
  expect(await page.getByLabel('Email').inputValue()).toBe('typed@example.com')

  await page.setContent(await (await sent({ name: 'Ada', email: 'nonsense', i_agree: 'on' })).text())
  expect(await page.getByRole('alert').allInnerTexts()).toEqual([
    'Enter a complete email address, such as name@example.com.',
  ])
  expect(await page.getByLabel('Name').inputValue()).toBe('Ada')
  expect(await page.getByLabel('Email').getAttribute('aria-invalid')).toBe('true')
  expect(await page.getByLabel('I agree').isChecked()).toBe(true)
})

test('while sign-up is closed, its page says so, and so does a form that was opened before', async () => {
  const closed = await startService({ SIGN_UP: 'closed' })
  onTestFinished(() => closed.stop())
  const page = await newPage({ baseURL: closed.place.consoleUrl })
  await page.goto('/auth/signup')
  await page.getByRole('heading', { name: 'Sign-up is closed' }).waitFor()
  await page.getByText('You need an invitation').waitFor()
  expect(await page.locator('main form').count()).toBe(0)

  const form = { name: 'Late', email: newAddress('late'), i_agree: 'on' }
  const headers = { origin: closed.place.consoleUrl, accept: 'text/html' }
  const answer = await page.request.post('/auth/signup', { form, headers })
  expect(answer.status()).toBe(400)
})

test('a visitor who requests too many links is told when to retry, and a trusted proxy’s other visitors are not', async () => {
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
    await page.getByLabel('Email').fill('nobody@example.com')
    await page.getByRole('button', { name: 'Email me a link' }).click()
    return page
  }
  const page = await askAt(`${address}:4711`)
  await page
    .getByRole('alert')
    .getByText(/^You tried this too often. Try again in [\d,]+ minutes\.$/)
    .waitFor()
  expect(await page.getByLabel('Email').inputValue()).toBe('nobody@example.com')
  await (await askAt('203.0.113.10')).getByRole('heading', { name: 'Check your email' }).waitFor()
})

test('the terms that people agree to are the page of the operator, if there is one', async () => {
  const { consoleUrl } = await startOwnConsole({ TERMS_URL: 'https://example.com/terms?of=service' })
  const page = await newPage({}, [consoleUrl])
  await page.goto(`${consoleUrl}/auth/signup`)
  const agreement = page.getByRole('checkbox', { name: 'I agree to the terms (opens a new tab) of the operator' })
  expect(await agreement.isChecked()).toBe(false)
  const terms = page.getByRole('link', { name: 'terms' })
  expect(await terms.getAttribute('href')).toBe('https://example.com/terms?of=service')
  await page.goto(`${place.consoleUrl}/auth/signup`)
  await page.getByText('I agree to the terms of the operator of this service.').waitFor()
  expect(await terms.count()).toBe(0)
})
