import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { hydrated, newPage, rest, signedIn, signIn } from './support/browser.ts'

/** The text of the element that has the focus. */
const focused = (page: Page) =>
  page.evaluate(() => document.querySelector(':focus:not(body)')?.textContent.trim().replace(/\s+/g, ' ') ?? '')

async function openKey(name = 'held') {
  const project = await rest.createProject()
  const { uuid } = await rest.createKey(project, name)
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys/${uuid}`)
  await hydrated(page)
  return page
}

test('the first Tab reaches a link that skips the header', async () => {
  const page = await openKey()
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Skip to content')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Keys of example')
})

test('every element that Tab reaches shows that it has the focus', async () => {
  const project = await rest.createProject()
  await rest.createKey(project, 'only')
  const page = await signedIn()
  const places = new Set<string>()
  for (const path of ['', '/new']) {
    await page.goto(`/projects/${project}/keys${path}`)
    await hydrated(page)
    for (let presses = 0; presses < 22; presses++) {
      await page.keyboard.press('Tab')
      const place = await page.evaluate(() => {
        const element = document.activeElement
        if (!element || element === document.body) return null
        const shown = [element, ...(element.closest('label') ? [element.closest('label')] : [])]
        const isShown = shown.some((one) => one && getComputedStyle(one).outlineStyle !== 'none')
        return { isShown, html: element.outerHTML.slice(0, 120) }
      })
      if (!place) break
      expect(place.isShown, place.html).toBe(true)
      places.add(place.html)
    }
  }
  expect(places.size).toBeGreaterThan(15)
})

test('cancelling a dialog or a rename returns the focus to the link that opened it', async () => {
  const page = await openKey()
  for (const name of ['Revoke…', 'Rename']) {
    for (const leave of ['Escape', 'Cancel']) {
      await page.getByRole('link', { name }).focus()
      await page.keyboard.press('Enter')
      await page.waitForURL(/\?re/)
      const cancel = page.getByRole('link', { name: 'Cancel' })
      await cancel.waitFor()
      if (leave === 'Cancel') await cancel.focus()
      await page.keyboard.press(leave === 'Cancel' ? 'Enter' : 'Escape')
      await page.waitForURL(/[0-9a-f]$/)
      await expect.poll(() => focused(page), { message: `${name}, ${leave}` }).toBe(name)
    }
  }
})

test('a menu closes on Escape, and the focus returns to its button', async () => {
  const project = await rest.createProject()
  await rest.createKey(project, 'only')
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  const button = page.getByRole('button', { name: 'Actions for only' })
  await button.press('Enter')
  await expect.poll(() => focused(page)).toBe('Rename')
  await page.keyboard.press('Escape')
  expect(await focused(page)).toBe('Actions for only')
})

test('sorting and switching tabs keep the focus where it is', async () => {
  const project = await rest.createProject()
  await rest.createKey(project, 'only')
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  await page.getByRole('link', { name: 'Created', exact: true }).press('Enter')
  await page.waitForURL(/sort=creation/)
  expect(await focused(page)).toMatch(/^Created/)
  await page.getByRole('link', { name: 'Revoked 0' }).press('Enter')
  await page.waitForURL(/state=revoked/)
  expect(await focused(page)).toBe('Revoked 0')
})

test('renaming and revoking are announced', async () => {
  const page = await openKey()
  await page.getByRole('link', { name: 'Rename' }).click()
  await page.getByLabel('New name').fill('new name')
  await page.keyboard.press('Enter')
  await page.getByRole('status').getByText('Renamed.').waitFor()
  await page.getByRole('link', { name: 'Revoke…' }).click()
  await page.getByRole('button', { name: 'Revoke new name' }).click()
  await page.getByRole('status').getByText('Revoked.').waitFor()
})

test('single-key shortcuts that are turned off stay off, and can be turned on again', async () => {
  const page = await openKey()
  await page.keyboard.press('?')
  const choice = page.getByRole('checkbox', { name: 'Enable these shortcuts' })
  await choice.uncheck()
  await page.keyboard.press('Escape')
  const key = page.url()
  for (const url of [key, key.replace(/\/keys.*/, '/keys')]) {
    await page.goto(url)
    await hydrated(page)
    await page.keyboard.press('n')
    await page.keyboard.press('?')
    expect(await page.getByRole('heading', { name: 'Keyboard shortcuts' }).isVisible()).toBe(false)
    expect(page.url()).toBe(url)
  }
  await page.getByRole('button', { name: 'Account menu' }).click()
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click()
  await choice.check()
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor()
})

test('revoking a key that was used recently requires its name, with and without JavaScript', async () => {
  const project = await rest.createProject()
  const key = await rest.createKey(project, 'busy\u200d')
  await rest.use(project, key)
  for (const javaScriptEnabled of [true, false]) {
    const page = await signIn(await newPage({ javaScriptEnabled }))
    await page.goto(`/projects/${project}/keys/${key.uuid}?revoke`)
    await page
      .getByText(/Last used .* from 127.0.0.1/)
      .first()
      .waitFor()
    await page.getByLabel('Type busy‹U+200D› to confirm').fill(javaScriptEnabled ? 'busy' : 'busy‹U+200D›')
    await page.getByRole('button', { name: /^Revoke busy/ }).click()
    await page.getByText(javaScriptEnabled ? 'The name does not match.' : /This key was revoked/).waitFor()
  }
})

test('menus take arrows and letters, and “Copy ID” shows that it has worked', async () => {
  const project = await rest.createProject()
  await rest.createKey(project, 'only')
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  await page.getByRole('button', { name: 'Actions for only' }).press('Enter')
  await expect.poll(() => focused(page)).toBe('Rename')
  const steps = { ArrowDown: 'Copy ID', End: 'Revoke…', ArrowDown_: 'Rename', ArrowUp: 'Revoke…', c: 'Copy ID' }
  for (const [key, item] of Object.entries(steps)) {
    await page.keyboard.press(key.replace('_', ''))
    expect(await focused(page), key).toBe(item)
  }
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Copied' }).waitFor()
})

test('the project switcher takes typing at once, and arrows lead to what is found', async () => {
  const [project] = [await rest.createProject(), await rest.createProject(`Typed ${crypto.randomUUID()}`)]
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  const field = page.getByLabel('Search projects')
  await page.getByRole('button', { name: 'Switch project' }).press('Enter')
  await expect.poll(() => field.evaluate((field) => field === document.activeElement)).toBe(true)
  const offered = page.locator('#switcher a[href$="/keys"]')
  const name = (await offered.last().locator('bdi').last().textContent()) ?? ''
  await page.keyboard.type(name.toUpperCase())
  const found = await offered.first().getAttribute('href')
  for (const shown of await offered.allInnerTexts()) expect(shown.toLowerCase()).toContain(name.toLowerCase())
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.waitForURL(`**${found}`)
})

test('the focus goes to the first row after Next, and to the heading after a page change and a revocation', async () => {
  const project = await rest.createProject()
  for (let count = 10; count < 21; count++) await rest.createKey(project, `key-${count}`)
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys?per_page=10`)
  await hydrated(page)
  await page.getByRole('link', { name: 'Next' }).press('Enter')
  await expect.poll(() => focused(page)).toBe('key-20')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1')
  await page.getByRole('link', { name: 'Revoke…' }).press('Enter')
  await page.getByRole('button', { name: 'Revoke key-20' }).press('Enter')
  await page.getByText(/This key was revoked/).waitFor()
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1')
})

test('a dialog with a field puts the focus there, and so does a refusal', async () => {
  const project = await rest.createProject('gone')
  const page = await signedIn()
  await page.goto(`/projects/${project}/settings`)
  await hydrated(page)
  await page.getByRole('link', { name: 'Delete…' }).press('Enter')
  const field = page.getByLabel('Type gone to confirm')
  const hasFocus = () => field.evaluate((field) => field === document.activeElement)
  await expect.poll(hasFocus).toBe(true)
  await page.keyboard.type('gon')
  await page.getByRole('button', { name: 'Delete gone' }).press('Enter')
  await page.getByText('The name does not match.').waitFor()
  await expect.poll(hasFocus).toBe(true)
})
