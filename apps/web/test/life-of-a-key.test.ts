import { expect, test } from 'vitest'
import { hydrated, newPage, rest, signedIn, signIn } from './support/browser.ts'

const secretOf = (text: string) => /bencher_run_[0-9A-Za-z]{30}/.exec(text)?.[0] ?? ''

test('a key is created, renamed and revoked by mouse', async () => {
  const project = await rest.createProject()
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await page.getByRole('link', { name: 'New key' }).click()
  await page.getByRole('heading', { name: 'New key' }).waitFor()
  await page.getByLabel('Name').fill('ci-main')
  await page.getByText('30 days').click()
  await page.getByRole('button', { name: 'Create key' }).click()

  await page.getByRole('heading', { name: 'ci-main is ready' }).waitFor()
  await hydrated(page)
  const secret = page.getByLabel('The new key')
  expect(await secret.textContent()).toBe(`bencher_run_${'•'.repeat(30)}`)
  await page.getByRole('button', { name: 'Reveal' }).click()
  const shown = secretOf((await secret.textContent()) ?? '')
  await page.getByRole('button', { name: 'Copy' }).first().click()
  await page.getByRole('status').getByText('Key copied.').waitFor()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(shown)
  await page.getByRole('link', { name: 'I have stored it' }).click()

  await page.getByRole('heading', { name: 'ci-main', exact: true }).waitFor()
  await page.getByText(`bencher_run_…${shown.slice(-4)}`).waitFor()
  await page.getByText(/in 30 days/).waitFor()
  await page.getByRole('link', { name: 'Rename' }).click()
  await page.getByLabel('New name').fill('ci-renamed')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'ci-renamed' }).waitFor()

  await page.getByRole('link', { name: 'Keys of example' }).click()
  await page.getByRole('button', { name: 'Actions for ci-renamed' }).click()
  await page.getByRole('link', { name: 'Revoke…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Revoke ci-renamed?' })
  await dialog.getByRole('button', { name: 'Revoke ci-renamed' }).click()
  await page.getByRole('link', { name: 'Revoked 1' }).click()
  await page.getByRole('link', { name: 'ci-renamed' }).click()
  await page.getByText(/This key was revoked/).waitFor()
  expect(await page.getByText(/This key was revoked/).textContent()).toMatch(/by owner/i)
  expect(await rest.listKeys(project)).toEqual([])
})

test('a key is created, found and revoked by keyboard alone', async () => {
  const project = await rest.createProject()
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  await page.keyboard.press('n')
  await page.getByRole('heading', { name: 'New key' }).waitFor()
  await page.keyboard.type('by-keyboard')
  await page.keyboard.press('Tab')
  await page.keyboard.press('ArrowLeft') // 30 days
  await page.keyboard.press('Enter')

  await page.getByRole('heading', { name: 'by-keyboard is ready' }).waitFor()
  await hydrated(page)
  await tabTo(page, 'Reveal')
  await page.keyboard.press('Enter')
  expect(secretOf((await page.getByLabel('The new key').textContent()) ?? '')).not.toBe('')
  await tabTo(page, 'I have stored it')
  await page.keyboard.press('Enter')
  await page.getByText(/in 30 days/).waitFor()

  await tabTo(page, 'Rename')
  await page.keyboard.press('Enter')
  await page.getByLabel('New name').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('heading', { name: 'by-keyboard' }).waitFor()
  await tabTo(page, 'Keys of example')
  await page.keyboard.press('Enter')
  await page.getByRole('table').waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('keyboard')
  await page.waitForURL(/search=keyboard/)
  await tabTo(page, 'Actions for by-keyboard')
  await page.keyboard.press('Enter')
  await tabTo(page, 'Revoke…')
  await page.keyboard.press('Enter')

  await page.getByRole('dialog', { name: 'Revoke by-keyboard?' }).waitFor()
  expect(await focused(page)).toBe('Cancel')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Revoked 1' }).waitFor()
})

test('a key is created, renamed and revoked without JavaScript', async () => {
  const project = await rest.createProject()
  const page = await newPage({ javaScriptEnabled: false })
  await signIn(page)
  await page.goto(`/projects/${project}/keys`)
  await page.getByRole('link', { name: 'New key' }).click()
  await page.getByRole('heading', { name: 'New key' }).waitFor()
  await page.getByLabel('Name').fill('plain')
  await page.getByRole('button', { name: 'Create key' }).click()
  const secret = secretOf((await page.getByLabel('The new key').textContent()) ?? '')
  expect(secret).toMatch(/^bencher_run_\w{30}$/)
  await page.getByRole('link', { name: 'I have stored it' }).click()

  await page.getByRole('link', { name: 'Rename' }).click()
  await page.getByLabel('New name').fill('plain too')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'plain too' }).waitFor()
  await page.getByRole('link', { name: 'Revoke…' }).click()
  await page.getByRole('button', { name: 'Revoke plain too' }).click()
  await page.getByText(/This key was revoked/).waitFor()
})

type Page = Awaited<ReturnType<typeof newPage>>

const focused = (page: Page) =>
  page.evaluate(() => document.querySelector(':focus:not(body)')?.textContent.trim().replace(/\s+/g, ' ') ?? '')

/** Presses Tab until an element with this text has the focus. */
async function tabTo(page: Page, name: string) {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    if ((await focused(page)).includes(name)) return
  }
  throw new Error(`Tab never reached “${name}”.`)
}
