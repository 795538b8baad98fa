import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { hydrated, newPage, rest, signedIn, signIn } from './support/browser.ts'
import { newAddress } from './support/mails.ts'

const DAY = 24 * 60 * 60 // s

/** Counts the actions of a person: clicks, texts typed, choices. */
function counted() {
  let actions = 0
  const one = async (done: Promise<unknown>) => {
    actions += 1
    await done
  }
  return {
    click: (what: Locator) => one(what.click()),
    type: (what: Locator, text: string) => one(what.fill(text)),
    choose: (what: Locator, label: string) => one(what.selectOption({ label })),
    open: (page: Page, url: string) => one(page.goto(url)),
    count: () => actions,
  }
}

/** A user with one project of their own, signed out. */
async function newcomer() {
  const email = newAddress('newcomer')
  await rest.signUp('Newcomer', email)
  const page = await newPage()
  await signIn(page, email)
  await page.goto('/projects/new')
  await page.getByLabel('Name', { exact: true }).fill('Their project')
  await page.getByLabel('Name of the organization').fill('Their organization')
  await page.getByRole('button', { name: 'Create project' }).click()
  await page.waitForURL(/\/keys$/)
  await page.context().clearCookies()
  return { email, page }
}

test('from the sign-in link to the first key, copied: at most 5 actions', async () => {
  const { email, page } = await newcomer()
  const me = counted()
  await me.open(page, rest.link(email))
  await me.click(page.getByRole('button', { name: 'Sign in as Newcomer' }))
  await page.waitForURL(/\/keys$/) // the only project opens at once
  await hydrated(page)
  await me.type(page.getByLabel('Name'), 'ci-main')
  await me.click(page.getByRole('button', { name: 'Create key' }))
  await hydrated(page)
  await me.click(page.getByRole('button', { name: 'Copy' }).first())
  await page.getByRole('status').getByText('Key copied.').waitFor()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^bencher_run_\w{30}$/)
  expect(me.count()).toBeLessThanOrEqual(5)
})

test('from the sign-in link to one more key of a project that has some, copied: at most 5 actions', async () => {
  const { email, page } = await newcomer()
  await addFirstKey(page, email)
  await page.context().clearCookies()
  const me = counted()
  await me.open(page, rest.link(email))
  await me.click(page.getByRole('button', { name: 'Sign in as Newcomer' }))
  await page.getByRole('link', { name: 'first' }).waitFor()
  await hydrated(page)
  await me.type(page.getByLabel('Name of a new key'), 'ci-main')
  await me.click(page.getByRole('button', { name: 'Create key' }))
  await page.getByRole('heading', { name: 'ci-main is ready' }).waitFor()
  await hydrated(page)
  await me.click(page.getByRole('button', { name: 'Copy' }).first())
  await page.getByRole('status').getByText('Key copied.').waitFor()
  expect(me.count()).toBeLessThanOrEqual(5)
})

async function addFirstKey(page: Page, email: string) {
  await signIn(page, email)
  await page.waitForURL(/\/keys$/)
  await page.getByLabel('Name').fill('first')
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByRole('heading', { name: 'first is ready' }).waitFor()
}

test('from the link of a brand-new account to its first key, copied: at most 7 actions', async () => {
  const email = newAddress('brand-new')
  await rest.signUp('Brand-new', email)
  const page = await newPage()
  const me = counted()
  await me.open(page, rest.link(email))
  await me.click(page.getByRole('button', { name: 'Sign in as Brand-new' }))
  await page.waitForURL(/projects\/new$/)
  await hydrated(page)
  await me.type(page.getByLabel('Name', { exact: true }), 'Their project')
  await me.click(page.getByRole('button', { name: 'Create project' }))
  await page.waitForURL(/\/keys$/)
  await hydrated(page)
  await me.type(page.getByLabel('Name'), 'ci-main')
  await me.click(page.getByRole('button', { name: 'Create key' }))
  await page.getByRole('heading', { name: 'ci-main is ready' }).waitFor()
  await hydrated(page)
  await me.click(page.getByRole('button', { name: 'Copy' }).first())
  await page.getByRole('status').getByText('Key copied.').waitFor()
  expect(me.count()).toBeLessThanOrEqual(7)
})

test('of 500 keys one is found and revoked in at most 4 actions, one in use in at most 5, and ten in at most 12', async () => {
  const project = await rest.createProject()
  const names = Array.from({ length: 499 }, (_, index) => `key-${String(index).padStart(3, '0')}`)
  const leaked = await rest.createKey(project, 'leaked')
  await Promise.all([rest.use(project, leaked), ...names.map((name) => rest.createKey(project, name))])
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  await page.getByText('1–25 of 500').waitFor()
  const me = counted()
  await me.type(page.getByLabel('Search name or ID'), 'leak')
  await me.click(page.getByRole('link', { name: 'leaked' }))
  await me.click(page.getByRole('link', { name: 'Revoke…' }))
  await me.type(page.getByLabel('Type leaked to confirm'), 'leaked')
  await me.click(page.getByRole('button', { name: 'Revoke leaked' }))
  await page.getByText(/This key was revoked .* by Owner/).waitFor()
  expect(me.count()).toBeLessThanOrEqual(5)

  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  const once = counted()
  await once.type(page.getByLabel('Search name or ID'), 'key-498')
  await once.click(page.getByRole('link', { name: 'key-498' }))
  await once.click(page.getByRole('link', { name: 'Revoke…' }))
  await once.click(page.getByRole('button', { name: 'Revoke key-498' }))
  await page.getByText(/This key was revoked .* by Owner/).waitFor()
  expect(once.count()).toBeLessThanOrEqual(4)

  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  const many = counted()
  for (let index = 0; index < 20; index += 2) {
    await many.click(page.getByRole('checkbox', { name: `Select key-${String(index).padStart(3, '0')}`, exact: true }))
  }
  await many.click(page.getByRole('button', { name: 'Revoke…', exact: true }))
  await many.click(page.getByRole('button', { name: 'Revoke 10 keys' }))
  await page.getByRole('status').getByText('10 keys are revoked.').waitFor()
  expect(many.count()).toBeLessThanOrEqual(12)
})

test('the keys that expire this month are found in at most 2 actions', async () => {
  const project = await rest.createProject()
  const now = new Date()
  const nextMonth = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)
  const left = Math.round((nextMonth - now.getTime()) / 1000)
  await rest.createKey(project, 'z-first', Math.max(1, Math.round(left / 3)))
  await rest.createKey(project, 'a-second', Math.max(1, left - 60))
  await rest.createKey(project, 'next month', left + DAY)
  await rest.createKey(project, 'endless')
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  const month = now.toLocaleString('en-GB', { month: 'long', timeZone: 'UTC' })
  const me = counted()
  await me.choose(page.getByLabel('Filter by expiry'), `Expires in ${month}`)
  await page.getByText('1–2 of 2').waitFor()
  expect(await page.getByRole('rowheader').allTextContents()).toEqual([
    expect.stringContaining('z-first'),
    expect.stringContaining('a-second'),
  ])
  expect(me.count()).toBeLessThanOrEqual(2)
})
