import { chromium, type Page } from 'playwright-core'
import { expect, inject, test } from 'vitest'
import { hydrated, newPage, place, rest, signedIn, signIn } from './support/browser.ts'

const SECRET = /bencher_run_[0-9A-Za-z]{30}/g

async function createKey(page: Page, project: string, name = 'once') {
  await page.goto(`/projects/${project}/keys/new`)
  await page.getByLabel('Name').fill(name)
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === 'POST'),
    page.getByRole('button', { name: 'Create key' }).click(),
  ])
  await page.getByRole('heading', { name: `${name} is ready` }).waitFor()
  return answer
}

test('the secret is in its response once, and no cache may store that', async () => {
  const project = await rest.createProject()
  const page = await newPage({ javaScriptEnabled: false })
  await signIn(page)
  const answer = await createKey(page, project)
  const html = await page.content()
  expect(html.match(SECRET)).toHaveLength(1)
  expect(answer.headers()['cache-control']).toBe('no-store')
})

test('the page’s script keeps the secret nowhere that outlives the page', async () => {
  const project = await rest.createProject()
  const page = await signedIn()
  await createKey(page, project)
  await hydrated(page)
  await page.getByText('•••').waitFor()
  expect(await page.content()).not.toMatch(SECRET)
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]))
  expect(kept).not.toMatch(SECRET)
  expect(JSON.stringify(await page.context().storageState())).not.toMatch(SECRET)
})

test('leaving the page removes the secret from it, so that no browser cache brings it back', async () => {
  const project = await rest.createProject()
  const page = await signedIn()
  await createKey(page, project)
  await hydrated(page)
  await page.getByRole('button', { name: 'Reveal' }).click()
  expect(await page.content()).toMatch(SECRET)
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
  await page.getByText('The key was shown here once').waitFor()
  expect(await page.content()).not.toMatch(SECRET)
})

test('a reload shows the key’s page, and creates no second key', async () => {
  const project = await rest.createProject()
  const page = await signedIn()
  await createKey(page, project)
  await hydrated(page)
  await page.waitForURL(/\/keys\/[0-9a-f-]{36}$/)
  await page.reload()
  await page.getByRole('heading', { name: 'once', exact: true }).waitFor()
  expect(await page.content()).not.toMatch(SECRET)
  expect(await rest.listKeys(project)).toHaveLength(1)
})

test('a reload without JavaScript shows the key’s page, and creates no second key', async () => {
  const project = await rest.createProject()
  const page = await newPage({ javaScriptEnabled: false })
  await signIn(page)
  await createKey(page, project)
  await page.reload()
  await page.getByRole('heading', { name: 'once', exact: true }).waitFor()
  expect(await page.content()).not.toMatch(SECRET)
  expect(await rest.listKeys(project)).toHaveLength(1)
})

test('going back does not bring the secret back', async () => {
  const project = await rest.createProject()
  const page = await signedIn()
  await createKey(page, project)
  await hydrated(page)
  await page.getByRole('button', { name: 'Copy' }).first().click()
  await page.getByRole('link', { name: 'Project Keys', exact: true }).click()
  await page.waitForURL(/\/keys$|\/projects$/)
  await page.goBack()
  await page.getByRole('heading', { name: 'once', exact: true }).waitFor()
  expect(await page.content()).not.toMatch(SECRET)
  expect(await rest.listKeys(project)).toHaveLength(1)
})

/** The headless shell has no such cache, so there this test is like the one above; Chromium has one. */
test('the secret is not in a page that the browser caches for the back button', async () => {
  const project = await rest.createProject()
  const browser = await chromium.launch({ ...inject('chromium'), ignoreDefaultArgs: ['--disable-back-forward-cache'] })
  try {
    const page = await browser.newPage({ baseURL: place.consoleUrl, permissions: ['clipboard-write'] })
    await signIn(page)
    await createKey(page, project)
    await hydrated(page)
    await page.getByRole('button', { name: 'Copy' }).first().click()
    await page.goto('/auth/signin')
    await page.goBack({ waitUntil: 'commit' })
    await page.getByRole('heading', { name: 'once', exact: true }).waitFor()
    expect(await page.content()).not.toMatch(SECRET)
  } finally {
    await browser.close()
  }
})

test('leaving without the key asks for confirmation', async () => {
  const project = await rest.createProject()
  const page = await signedIn()
  await createKey(page, project)
  await hydrated(page)
  await page.getByRole('link', { name: 'Project Keys', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Leave without the key?' })
  await dialog.getByRole('button', { name: 'Stay here' }).click()
  await page.getByRole('heading', { name: 'once is ready' }).waitFor()
  await page.getByRole('link', { name: 'Project Keys', exact: true }).click()
  await dialog.getByRole('button', { name: 'Leave' }).click()
  await page.waitForURL(/\/keys$|\/projects$/)
})

test('a form submitted again with another name says so, and then creates a key of its own', async () => {
  const project = await rest.createProject()
  const page = await newPage({ javaScriptEnabled: false })
  await signIn(page)
  await page.goto(`/projects/${project}/keys/new`)
  const uuid = await page.locator('[name=uuid]').inputValue()
  await page.getByLabel('Name').fill('first')
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByRole('heading', { name: 'first is ready' }).waitFor()
  await page.goto(`/projects/${project}/keys/new`)
  await page.getByLabel('Name').fill('second')
  await page.locator('[name=uuid]').evaluate((field, uuid) => field.setAttribute('value', uuid), uuid)
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByText('This form has already created a key').waitFor()
  expect(await page.getByLabel('Name').inputValue()).toBe('second')
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByRole('heading', { name: 'second is ready' }).waitFor()
})

test('each error is shown at its field, and the typed values are kept', async () => {
  const project = await rest.createProject()
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys/new`)
  const name = 'é'.repeat(65)
  await page.getByLabel('Name').fill(name)
  await page.getByText('On a date').click()
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByText('The name must have at most 64 characters.').waitFor()
  await page.getByText('Choose today or a later day.').waitFor()
  expect(await page.getByLabel('Name').inputValue()).toBe(name)
  expect(await page.getByRole('radio', { name: 'On a date' }).isChecked()).toBe(true)
  expect(await page.getByLabel('Name').getAttribute('aria-invalid')).toBe('true')
})
