import type { Route } from 'playwright-core'
import { expect, test } from 'vitest'
import { hydrated, newPage, rest, signedIn, signIn } from './support/browser.ts'

async function projectWith(names: string[]) {
  const project = await rest.createProject()
  for (const name of names) await rest.createKey(project, name)
  return project
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `key-${String(index).padStart(2, '0')}`)

test('the search finds keys while people type, and the back button restores the list', async () => {
  const project = await projectWith(['alpha', 'beta', 'gamma'])
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  await page.getByLabel('Search name or ID').pressSequentially('bet')
  await page.getByText('1–1 of 1').waitFor()
  expect(page.url()).toMatch(/search=bet$/)
  expect(await page.getByLabel('Search name or ID').evaluate((field) => field === document.activeElement)).toBe(true)
  await page.getByRole('link', { name: 'beta' }).click()
  await page.getByRole('heading', { name: 'beta' }).waitFor()
  await page.goBack()
  await page.getByText('1–1 of 1').waitFor()
  expect(await page.getByLabel('Search name or ID').inputValue()).toBe('bet')
})

test('a link that people follow while a search is on its way leads where it says', async () => {
  const project = await projectWith(['alpha', 'beta'])
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  const after = (time: number) => (route: Route) => setTimeout(() => route.continue(), time)
  await page.route(/search=al/, after(200))
  await page.route(/keys\/[0-9a-f-]{36}/, after(500))
  await page.getByLabel('Search name or ID').fill('al')
  await page.waitForRequest(/search=al/)
  await page.getByRole('link', { name: 'beta' }).click()
  await page.getByRole('heading', { name: 'beta' }).waitFor()
})

test('the page, its size and the direction are in the URL', async () => {
  const project = await projectWith(numbered(12))
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await page.getByRole('link', { name: '10', exact: true }).click()
  await page.getByText('1–10 of 12').waitFor()
  await page.getByRole('link', { name: 'Next' }).click()
  await page.getByText('11–12 of 12').waitFor()
  expect(page.url()).toMatch(/per_page=10&page=2$/)
  await page.getByRole('link', { name: 'Name' }).click()
  await page.waitForURL(/direction=desc&per_page=10$/)
  await page.getByRole('link', { name: 'key-02' }).waitFor()
  expect(await page.getByRole('columnheader', { name: /Name/ }).getAttribute('aria-sort')).toBe('descending')
})

test('a page past the end redirects to the last one, and invalid parameters are ignored', async () => {
  const project = await projectWith(['only'])
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys?page=9&per_page=7&direction=up`)
  await page.getByRole('link', { name: 'only' }).waitFor()
})

test('the search and the pages work without JavaScript', async () => {
  const project = await projectWith(numbered(12))
  const page = await newPage({ javaScriptEnabled: false })
  await signIn(page)
  await page.goto(`/projects/${project}/keys?per_page=10`)
  await page.getByRole('link', { name: 'Next' }).click()
  await page.getByText('11–12 of 12').waitFor()
  await page.getByLabel('Search name or ID').fill('key-03')
  await page.getByLabel('Search name or ID').press('Enter')
  await page.getByText('1–1 of 1').waitFor()
})

test('each key shows its status in words, and is in the tab of its state, which says how many it lists', async () => {
  const project = await rest.createProject()
  await rest.createKey(project, 'long', 90 * 24 * 3600)
  await rest.createKey(project, 'soon', 3 * 24 * 3600)
  await rest.createKey(project, 'over', 1)
  await rest.revokeKey(project, (await rest.createKey(project, 'gone')).uuid)
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  const row = (name: string) => page.getByRole('row').filter({ hasText: name })
  expect(await row('long').textContent()).toMatch(/Active.*in 90 days/s)
  expect(await row('soon').textContent()).toMatch(/Expires soon.*in 3 days/s)
  expect(await row('over').count()).toBe(0)
  await page.getByRole('link', { name: 'Active 2' }).waitFor()
  await page.getByRole('link', { name: 'Expired 1' }).click()
  await row('over').waitFor()
  expect(await row('over').textContent()).toMatch(/Expired.*ago/s)
  expect(await row('long').count()).toBe(0)
  await page.getByRole('link', { name: 'Revoked 1' }).click()
  await row('gone').waitFor()
  expect(await row('gone').textContent()).toMatch(/Revoked.*ago/s)
})

test('a search without results shows its text, and offers to clear it', async () => {
  const project = await projectWith(['alpha'])
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys?search=<i>nope</i>`)
  await page.getByText('No key’s name, ID, last four letters, maker or last address matches “<i>nope</i>”.').waitFor()
  await page.getByRole('main').getByRole('link', { name: 'Clear search' }).last().click()
  await page.getByRole('link', { name: 'alpha' }).waitFor()
})

test('a project without keys shows how to begin', async () => {
  const project = await rest.createProject()
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await page.getByRole('heading', { name: 'Create a key' }).waitFor()
  expect(await page.getByRole('listitem').count()).toBe(3)
})

test('names with markup and joiners are shown harmlessly', async () => {
  const project = await projectWith(['<img src=x onerror=alert(1)>', 'abc\u200cdef', 'zero\u200dwidth', '👩‍💻❤️'])
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await page.getByRole('link', { name: '<img src=x onerror=alert(1)>', exact: true }).waitFor()
  await page.getByRole('link', { name: 'abc‹U+200C›def' }).waitFor()
  await page.getByRole('link', { name: 'zero‹U+200D›width' }).waitFor()
  await page.getByRole('link', { name: '👩‍💻❤️' }).waitFor()
  expect(await page.locator('main').textContent()).not.toMatch(/abc\u200c|zero\u200d/)
})

test('the ID of a key can be copied from its row', async () => {
  const project = await rest.createProject()
  const { uuid } = await rest.createKey(project, 'copied')
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  await page.getByRole('button', { name: 'Actions for copied' }).click()
  await page.getByRole('button', { name: 'Copy ID' }).click()
  await page.getByRole('status').getByText('ID copied.').waitFor()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(uuid)
})

test('all rows share one menu, which acts for the row whose button was used last', async () => {
  const project = await projectWith(['first', 'second', 'third'])
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  const openedFor = async (name: string) => {
    await page.getByRole('button', { name: `Actions for ${name}` }).click()
    await page.getByRole('link', { name: 'Rename' }).waitFor()
    return page.getByRole('link', { name: 'Rename' }).getAttribute('href')
  }
  for (const name of ['third', 'second', 'first']) {
    const href = await page.getByRole('link', { name, exact: true }).getAttribute('href')
    expect(await openedFor(name)).toBe(`${href}?rename`)
  }
  expect(await page.locator('main .menu:not(#export-menu)').count()).toBe(1)
})

test('the list of shortcuts opens on ?, and letters typed into a field are no shortcuts', async () => {
  const project = await projectWith(['alpha'])
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  await page.keyboard.press('?')
  await page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('/')
  await page.keyboard.type('n?')
  expect(await page.getByLabel('Search name or ID').inputValue()).toBe('n?')
  expect(page.url()).not.toMatch(/new/)
})

test('the pages of keys need at most 100 kB of script, which all pages share', async () => {
  const project = await rest.createProject()
  const { uuid } = await rest.createKey(project, 'small')
  for (const path of ['', '/new', `/${uuid}`]) {
    const page = await signedIn()
    await page.goto(`/projects/${project}/keys${path}`, { waitUntil: 'networkidle' })
    const total = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .filter((entry) => entry instanceof PerformanceResourceTiming && entry.name.endsWith('.js'))
        .reduce((sum, entry) => sum + (entry instanceof PerformanceResourceTiming ? entry.encodedBodySize : 0), 0),
    )
    expect(total, path).toBeGreaterThan(0)
    expect(total, path).toBeLessThan(100_000)
  }
})

test('a project is found by a part of its name', async () => {
  const name = `Élan ${crypto.randomUUID()}`
  const project = await rest.createProject(name)
  const page = await signedIn()
  await page.goto(`/projects?search=${encodeURIComponent(name.toLowerCase())}`)
  await page.getByRole('link', { name }).click()
  await page.waitForURL(`**/projects/${project}/keys`)
})

test('the expiry filter and the order are in the URL, and the back button restores them', async () => {
  const project = await rest.createProject()
  await rest.createKey(project, 'b-soon', 3 * 24 * 3600)
  await rest.createKey(project, 'a-later', 60 * 24 * 3600)
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  const names = () => page.getByRole('rowheader').getByRole('link').allTextContents()
  const byExpiry = page.getByRole('columnheader', { name: 'Expires' }).getByRole('link')
  await byExpiry.click()
  await page.waitForURL(/\?sort=expiration$/)
  await expect.poll(names).toEqual(['b-soon', 'a-later'])
  await byExpiry.click()
  await page.waitForURL(/\?sort=expiration&direction=desc$/)
  await expect.poll(names).toEqual(['a-later', 'b-soon'])
  await page.getByLabel('Filter by expiry').selectOption({ label: 'Expires within 30 days' })
  await page.waitForURL(/expires=soon$/)
  await expect.poll(names).toEqual(['b-soon'])
  await page.getByRole('link', { name: 'b-soon' }).click()
  await page.getByRole('heading', { name: 'b-soon' }).waitFor()
  await page.goBack()
  await page.getByText('1–1 of 1').waitFor()
  expect(await page.getByLabel('Filter by expiry').inputValue()).toBe('soon')
  await page.getByRole('link', { name: 'b-soon' }).click()
  await page.getByRole('link', { name: 'Revoke…' }).click()
  await page.getByRole('button', { name: 'Revoke b-soon' }).click()
  await page.getByText(/This key was revoked/).waitFor()
  await page.goto(`/projects/${project}/keys?expires=soon`)
  await page.getByText('No active key matches this expiry.').waitFor()
  await page.getByRole('link', { name: 'Show all' }).click()
  await page.getByText('1–1 of 1').waitFor()
})

test('the expiry filter works without JavaScript', async () => {
  const project = await rest.createProject()
  await rest.createKey(project, 'soon', 3 * 24 * 3600)
  await rest.createKey(project, 'endless')
  const page = await newPage({ javaScriptEnabled: false })
  await signIn(page)
  await page.goto(`/projects/${project}/keys`)
  await page.getByLabel('Filter by expiry').selectOption({ label: 'Expires within 30 days' })
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.getByText('1–1 of 1').waitFor()
  await page.getByRole('link', { name: 'soon' }).waitFor()
})

test('letters typed while a response is pending stay, with the caret, and the number of results is announced', async () => {
  const project = await projectWith(['alpha', 'albert', 'beta'])
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  await page.route(/search=al(&|$)/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 400))
    await route.continue()
  })
  const field = page.getByLabel('Search name or ID')
  await field.pressSequentially('al')
  const answered = page.waitForResponse(/search=al(&|$)/)
  await page.waitForRequest(/search=al(&|$)/)
  await field.press('b')
  await field.press('ArrowLeft')
  await answered
  await page.getByText('1–1 of 1').waitFor()
  expect(await field.inputValue()).toBe('alb')
  const caret = await field.evaluate((input) => input instanceof HTMLInputElement && input.selectionStart)
  expect(caret).toBe(2)
  await page.getByRole('status').getByText('1 result.').waitFor()
})

test('a search in the project switcher leaves the page only on Enter', async () => {
  const name = `Switched ${crypto.randomUUID()}`
  const [project] = [await rest.createProject(), await rest.createProject(name)]
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  await page.getByRole('button', { name: 'Switch project' }).click()
  await page.getByLabel('Search projects').pressSequentially(name.slice(0, 20), { delay: 20 })
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(page.url()).toMatch(/keys$/)
  await page.keyboard.press('Enter')
  await page.getByRole('main').getByRole('link', { name }).waitFor()
})
