import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { isAlive, newPage, rest, signedIn, signIn } from './support/browser.ts'

/** What has the focus, by its words. */
const focused = (page: Page) =>
  page.evaluate(() => document.querySelector(':focus:not(body)')?.textContent.trim().replace(/\s+/g, ' ') ?? '')

async function openKey(name = 'held') {
  const project = await rest.createProject()
  const { uuid } = await rest.createKey(project, name)
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys/${uuid}`)
  await isAlive(page)
  return page
}

test('the first Tab leads to a link past the frame', async () => {
  const page = await openKey()
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Skip to the content')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Keys of example')
})

test('every place that Tab comes to shows that it has the focus', async () => {
  const project = await rest.createProject()
  await rest.createKey(project, 'only')
  const page = await signedIn()
  const places = new Set<string>()
  for (const path of ['', '/new']) {
    await page.goto(`/projects/${project}/keys${path}`)
    await isAlive(page)
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

test('cancelling a dialog or a rename puts the keyboard back on what opened it', async () => {
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

test('a menu closes by Escape, and the keyboard is back on its button', async () => {
  const project = await rest.createProject()
  await rest.createKey(project, 'only')
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await isAlive(page)
  const button = page.getByRole('button', { name: 'Actions for only' })
  await button.press('Enter')
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Rename')
  await page.keyboard.press('Escape')
  expect(await focused(page)).toBe('Actions for only')
})

test('sorting and turning tabs leave the keyboard where it is', async () => {
  const project = await rest.createProject()
  await rest.createKey(project, 'only')
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await isAlive(page)
  await page.getByRole('link', { name: 'Created' }).press('Enter')
  await page.waitForURL(/sort=creation/)
  expect(await focused(page)).toMatch(/^Created/)
  await page.getByRole('link', { name: 'Revoked 0' }).press('Enter')
  await page.waitForURL(/revoked=true/)
  expect(await focused(page)).toBe('Revoked 0')
})

test('renaming and revoking are said aloud', async () => {
  const page = await openKey()
  await page.getByRole('link', { name: 'Rename' }).click()
  await page.getByLabel('New name').fill('new name')
  await page.keyboard.press('Enter')
  await page.getByRole('status').getByText('Renamed.').waitFor()
  await page.getByRole('link', { name: 'Revoke…' }).click()
  await page.getByRole('button', { name: 'Revoke new name' }).click()
  await page.getByRole('status').getByText('Revoked.').waitFor()
})

test('who turns single keys off keeps them off, and can turn them on again', async () => {
  const page = await openKey()
  await page.keyboard.press('?')
  const choice = page.getByRole('checkbox', { name: 'Single keys do these things' })
  await choice.uncheck()
  await page.keyboard.press('Escape')
  const key = page.url()
  for (const url of [key, key.replace(/\/keys.*/, '/keys')]) {
    await page.goto(url)
    await isAlive(page)
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

test('a key in use today is revoked by who types its name, with and without JavaScript', async () => {
  const project = await rest.createProject()
  const key = await rest.createKey(project, 'busy\u200b')
  await rest.use(project, key)
  for (const javaScriptEnabled of [true, false]) {
    const page = await signIn(await newPage({ javaScriptEnabled }))
    await page.goto(`/projects/${project}/keys/${key.uuid}?revoke`)
    await page
      .getByText(/Last used .* from 127.0.0.1/)
      .first()
      .waitFor()
    await page.getByLabel('Type busy‹U+200B› to go on').fill(javaScriptEnabled ? 'busy' : 'busy‹U+200B›')
    await page.getByRole('button', { name: /^Revoke busy/ }).click()
    await page.getByText(javaScriptEnabled ? 'This is not its name.' : /This key was revoked/).waitFor()
  }
})
