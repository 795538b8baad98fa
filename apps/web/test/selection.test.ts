import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { hydrated, newPage, place, rest, signedIn, signIn } from './support/browser.ts'

async function projectWith(count: number, prefix = 'key') {
  const project = await rest.createProject()
  for (let index = 1; index <= count; index++) {
    await rest.createKey(project, `${prefix}-${String(index).padStart(2, '0')}`)
  }
  return project
}

const box = (page: Page, name: string) => page.getByRole('checkbox', { name: `Select ${name}`, exact: true })
const activeNames = async (project: string) => (await rest.listKeys(project)).map(({ name }) => name)

test('keys are selected by keyboard, Shift extends the range, other pages keep them, and Escape clears', async () => {
  const project = await projectWith(12)
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys?per_page=10`)
  await hydrated(page)
  const bar = page.getByText('of 12 selected')
  const height = () => page.evaluate(() => document.documentElement.scrollHeight)
  const before = await height()
  expect(await bar.isVisible()).toBe(false)
  await box(page, 'key-02').focus()
  await page.keyboard.press('Space')
  await page.getByText('1 of 12 selected').waitFor()
  await page.getByRole('status').getByText('1 key selected.').waitFor()
  await box(page, 'key-05').focus()
  await page.keyboard.press('Shift+Space')
  await page.getByText('4 of 12 selected').waitFor()
  await page.getByRole('link', { name: 'Next' }).click()
  await page.getByText('11–12 of 12').waitFor()
  await page.getByRole('checkbox', { name: 'Select all on this page' }).check()
  await page.getByText('6 of 12 selected').waitFor()
  await page.getByRole('link', { name: 'Name' }).click() // in the other order it is still the same list
  await page.waitForURL(/direction=desc/)
  expect(await box(page, 'key-12').isChecked()).toBe(true)
  await page.keyboard.press('b')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Renew…')
  await page.keyboard.press('Escape')
  await page.getByRole('status').getByText('Nothing is selected.').waitFor()
  expect(await bar.isVisible()).toBe(false)
  expect(await height()).toBe(before)
})

test('all that match are those that were counted: none made since and none of another search is revoked', async () => {
  const project = await projectWith(12, 'ci')
  await rest.createKey(project, 'other')
  await rest.use(project, await rest.createKey(project, 'ci-used'))
  const taken = await rest.createKey(project, 'ci-taken')
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys?search=ci&per_page=10&page=2`)
  await hydrated(page)
  await page.waitForTimeout(1_000) // times have whole seconds
  await rest.createKey(project, 'ci-since')
  await page.getByRole('checkbox', { name: 'Select all on this page' }).check()
  await page.getByRole('button', { name: 'Select all 14 that match' }).click()
  await page.getByText('14 of 14 selected').waitFor()
  await page.getByRole('button', { name: 'Revoke…', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Revoke 14 keys?' })
  await dialog.getByText('1 was used today.').waitFor()
  await dialog.getByText('Created by Owner (14).').waitFor()
  expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('reason')
  await rest.revokeKey(project, taken.uuid) // somebody else is faster
  await page.keyboard.type('Leaked in a log')
  await page.keyboard.press('Enter')
  await page.getByRole('status').getByText('13 keys are revoked. 1 was already revoked.').waitFor()
  await page.waitForURL(/search=ci&per_page=10$/) // there is no second page any more
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain('ci-since')
  expect((await activeNames(project)).sort()).toEqual(['ci-since', 'other'])
})

test('keys are selected, revoked, renewed and exported without JavaScript, too', async () => {
  const project = await projectWith(3)
  const page = await signIn(await newPage({ javaScriptEnabled: false, acceptDownloads: true }))
  const list = `/projects/${project}/keys?search=key`
  await page.goto(list)
  expect(await page.getByRole('button', { name: 'Revoke…', exact: true }).isVisible()).toBe(false)
  await box(page, 'key-01').check()
  await box(page, 'key-03').check()
  await page.getByRole('button', { name: 'Renew…' }).click()
  await page.getByRole('heading', { name: 'Renew 2 keys?' }).waitFor()
  await page.getByText('30 days').click()
  await page.getByRole('button', { name: 'Renew 2 keys' }).click()
  await page.getByText('2 keys are renewed.').waitFor()
  await page.getByRole('link', { name: /^Keys of/ }).click()
  expect(page.url()).toMatch(/search=key$/)
  await box(page, 'key-01').check()
  await page.getByRole('button', { name: 'Export', exact: true }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'CSV' }).click()
  expect((await download).suggestedFilename()).toBe(`keys-${project}.csv`)
  await page.goto(list)
  await box(page, 'key-02').check()
  await page.getByRole('checkbox', { name: 'Select all 3 that match' }).check()
  await page.getByRole('button', { name: 'Revoke…' }).click()
  await page.getByRole('heading', { name: 'Revoke 3 keys?' }).waitFor()
  await page.getByLabel('Reason (optional)').fill('Without a script')
  await page.getByRole('button', { name: 'Revoke 3 keys' }).click()
  await page.getByText('3 keys are revoked.').waitFor()
  expect(await activeNames(project)).toEqual([])
})

test('an export has all that the list matches, whatever its page, and one of a selection what is selected', async () => {
  const project = await projectWith(12)
  await rest.createKey(project, 'other')
  const page = await signedIn()
  const read = async (query: string) =>
    (await page.request.get(`${place.consoleUrl}/projects/${project}/keys/export?${query}`)).text()
  const names = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).name)
  expect(names(await read('search=key&page=2&per_page=10&format=ndjson'))).toHaveLength(12)
  expect((await read('search=nothing')).split('\r\n')).toHaveLength(2)
  expect(names(await read('attention=never_used&search=other&format=ndjson'))).toEqual(['other'])
  expect(await read('attention=maker_gone&format=ndjson')).toBe('')
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  await box(page, 'key-04').check()
  await box(page, 'other').check()
  await page.getByRole('button', { name: 'Export', exact: true }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'JSON lines' }).click()
  const file = await (await download).createReadStream()
  expect(names((await file.toArray()).join(''))).toEqual(['key-04', 'other'])
})
